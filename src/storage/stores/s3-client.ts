import type { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import type { ListedBlob } from '../blob-store.ts'
import type { S3Place } from './s3-settings.ts'

/** What is put: under a key of the bucket, with its digest beside it. */
export interface S3Object {
  readonly key: string
  readonly bytes: Uint8Array
  readonly mediaType: string
  readonly digest: string
}

export interface HeldObject {
  readonly byteSize: number
  readonly modifiedAt: Date
  /** In hex, as it was put; null for what others put. */
  readonly digest: string | null
}

/** What we ask of S3. All of them throw the SDK's errors; keys are those of the bucket, prefix and all. */
export interface S3Calls {
  put(object: S3Object, onlyIfAbsent: boolean): Promise<void>
  head(key: string): Promise<HeldObject>
  get(key: string): Promise<HeldObject & { readonly body: Readable }>
  delete(key: string): Promise<void>
  /** Page after page of up to 1,000. */
  list(prefix: string): AsyncGenerator<readonly ListedBlob[], void>
  signedUrl(key: string, forSeconds: number): Promise<string>
}

/** Larger objects go in parts, so that what breaks off costs a part and not all of it. */
const partsFrom = 16 * 2 ** 20
const partSize = 8 * 2 ** 20
const tries = 3
/** An answer to each of the images that are ingested, and to those who look meanwhile. */
const maxSockets = 256

/** Loads the SDK, which is large and wanted by nobody without an S3 store, and says whom it is to ask. */
export async function s3Calls(place: S3Place): Promise<S3Calls> {
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client(clientConfig(place))
  const Bucket = place.bucket
  const mostMs = place.timeoutMs * (tries + 1)
  const send = <T>(go: (options: { readonly abortSignal: AbortSignal }) => Promise<T>) =>
    timed(mostMs, ({ signal }) => go({ abortSignal: signal }))
  return {
    async put(object, onlyIfAbsent) {
      const input = { Bucket, ...inputOf(object), ...(onlyIfAbsent && { IfNoneMatch: '*' }) }
      if (object.bytes.byteLength >= partsFrom) return putInParts(client, input, mostMs)
      await send((options) => client.send(new sdk.PutObjectCommand(input), options))
    },
    head: async (Key) =>
      heldOf(await send((options) => client.send(new sdk.HeadObjectCommand({ Bucket, Key }), options))),
    async get(Key) {
      const got = await send((options) => client.send(new sdk.GetObjectCommand({ Bucket, Key }), options))
      return { ...heldOf(got), body: got.Body as Readable }
    },
    async delete(Key) {
      await send((options) => client.send(new sdk.DeleteObjectCommand({ Bucket, Key }), options))
    },
    async *list(Prefix) {
      for (let after: string | undefined; ;) {
        const command = new sdk.ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: after })
        const page = await send((options) => client.send(command, options))
        yield (page.Contents ?? []).map((one) => ({
          key: one.Key!,
          ...heldOf({ ...one, ContentLength: one.Size }),
        }))
        if (!page.IsTruncated) return
        after = page.NextContinuationToken
        if (!after) throw new Error('the listing broke off without saying where to go on')
      }
    },
    async signedUrl(Key, expiresIn) {
      const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
      return getSignedUrl(client, new sdk.GetObjectCommand({ Bucket, Key }), { expiresIn })
    },
  }
}

function clientConfig({ endpoint, region, pathStyle, credentials, timeoutMs }: S3Place) {
  const agent = { maxSockets }
  return {
    ...(endpoint !== null && { endpoint }),
    ...(region !== null && { region }),
    ...(credentials && { credentials }),
    forcePathStyle: pathStyle,
    // Whatever is not AWS may refuse the checksums that the SDK sends of its own accord. Ours is in the signature.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: tries,
    // It takes a connection of its own for each object, and R2 does not answer it.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: Math.min(timeoutMs, 5_000),
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      // Of a silent connection: a reader of a stream may be slow, and the streams have a deadline of their own.
      socketTimeout: 0,
      httpAgent: agent,
      httpsAgent: agent,
    },
  } as const
}

/** A request's own time-out ends with the answer's head: this one also ends an answer that stops half-way. */
async function timed<T>(atMostMs: number, go: (ending: AbortController) => Promise<T>): Promise<T> {
  const ending = new AbortController()
  const timer = setTimeout(() => ending.abort(), atMostMs)
  try {
    return await go(ending)
  } finally {
    clearTimeout(timer)
  }
}

const inputOf = ({ key, bytes, mediaType, digest }: S3Object) => ({
  Key: key,
  Body: bytes,
  ContentType: mediaType,
  ContentLength: bytes.byteLength,
  // Who reads it from the bucket's public address may keep it: the key names these bytes for ever.
  CacheControl: 'public, max-age=31536000, immutable',
  Metadata: { sha256: digest },
})

type PutInput = { readonly Bucket: string } & ReturnType<typeof inputOf>

async function putInParts(client: S3Client, params: PutInput, mostMsForPart: number): Promise<void> {
  const { Upload } = await import('@aws-sdk/lib-storage')
  const parts = Math.ceil(params.ContentLength / partSize)
  await timed(mostMsForPart * (parts + 1), (abortController) =>
    new Upload({ client, params, partSize, queueSize: 2, abortController }).done(),
  )
}

const heldOf = (of: {
  readonly ContentLength?: number | undefined
  readonly LastModified?: Date | undefined
  readonly Metadata?: Record<string, string> | undefined
}): HeldObject => ({
  byteSize: of.ContentLength ?? 0,
  modifiedAt: of.LastModified ?? new Date(),
  digest: of.Metadata?.['sha256'] ?? null,
})
