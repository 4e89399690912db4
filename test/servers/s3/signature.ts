import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Who may ask, and by which secret we know them. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const quarterHour = 15 * 60_000

/**
 * Checks the Signature Version 4 of a request, in its header or its query. Gives null where it is right, else the code
 * that S3 refuses it with.
 */
export function refusalOf(request: IncomingMessage, body: Buffer, known: Credentials): string | null {
  const url = new URL(request.url!, 'http://here')
  const isPresigned = url.searchParams.has('X-Amz-Signature')
  const given = isPresigned ? fromQuery(url) : fromHeader(request)
  if (!given) return 'AccessDenied'
  const [keyId, day, region, service] = given.credential.split('/')
  if (keyId !== known.accessKeyId) return 'InvalidAccessKeyId'
  const late = Date.now() - dateOf(given.at)
  if (isPresigned ? late > given.expiresMs : Math.abs(late) > quarterHour)
    return isPresigned ? 'AccessDenied' : 'RequestTimeTooSkewed'

  const payload = isPresigned ? 'UNSIGNED-PAYLOAD' : String(request.headers['x-amz-content-sha256'])
  const canonical = [
    request.method,
    request.url!.split('?')[0],
    canonicalQuery(url),
    ...given.signedHeaders.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}`),
    '',
    given.signedHeaders.join(';'),
    payload,
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', given.at, scope, sha256(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce(
    (secret: string | Buffer, part) => hmac(secret, part!),
    `AWS4${known.secretAccessKey}`,
  )
  if (!isEqual(hmac(key, toSign), Buffer.from(given.signature, 'hex'))) return 'SignatureDoesNotMatch'
  return payload === 'UNSIGNED-PAYLOAD' || payload === sha256(body) ? null : 'XAmzContentSHA256Mismatch'
}

function fromHeader(request: IncomingMessage) {
  const read = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(
    request.headers.authorization ?? '',
  )
  if (!read) return null
  const [, credential, names, signature] = read as unknown as [string, string, string, string]
  const at = String(request.headers['x-amz-date'])
  return { credential, signedHeaders: names.split(';'), signature, at, expiresMs: 0 }
}

function fromQuery({ searchParams }: URL) {
  const one = (name: string) => searchParams.get(`X-Amz-${name}`) ?? ''
  return {
    credential: one('Credential'),
    signedHeaders: one('SignedHeaders').split(';'),
    signature: one('Signature'),
    at: one('Date'),
    expiresMs: Number(one('Expires')) * 1_000,
  }
}

const canonicalQuery = ({ searchParams }: URL) =>
  [...searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')

const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** `20261121T093000Z`, as milliseconds. */
const dateOf = (text: string) =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const isEqual = (one: Buffer, other: Buffer) => one.length === other.length && timingSafeEqual(one, other)
