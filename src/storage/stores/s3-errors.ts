import { MagpieError } from '../../errors.ts'

/** What is of use in an error of the SDK. Its other fields may hold what was signed, tokens among it. */
interface Said {
  readonly name: string
  /** 0 where no answer came. */
  readonly status: number
  readonly message: string
}

/** Reads an error of the SDK, or of the network below it. */
export function said(cause: unknown): Said {
  if (!(cause instanceof Error)) return { name: 'Unknown', status: 0, message: String(cause) }
  const { $metadata, Code, code } = cause as {
    $metadata?: { httpStatusCode?: number }
    Code?: string
    code?: string
  }
  return {
    name: Code ?? code ?? cause.name,
    status: $metadata?.httpStatusCode ?? 0,
    // Ceph says nothing, which the SDK calls UnknownError.
    message: cause.message === 'UnknownError' ? '' : cause.message,
  }
}

/** Whether there is no object of that key, or no bucket: a HEAD does not tell them apart. */
export const isMissing = (cause: unknown): boolean => {
  const { name, status } = said(cause)
  return status === 404 && (name === 'NoSuchKey' || name === 'NotFound')
}

/** Whether a conditional put found the key taken. Old MinIO says 304. */
export const isTaken = (cause: unknown): boolean => [304, 412].includes(said(cause).status)

/** Whether somebody else is writing the key: 409 of AWS, 429 of R2; or finished what we had thought lost. */
export const isContested = (cause: unknown): boolean => {
  const { name, status } = said(cause)
  return status === 409 || status === 429 || name === 'NoSuchUpload'
}

export const isNotImplemented = (cause: unknown): boolean => said(cause).status === 501

const settingsByName: Readonly<Record<string, readonly [setting: string, remedy: string]>> = {
  NoSuchBucket: ['STORE_S3_BUCKET', 'Make the bucket, or mend its name.'],
  InvalidBucketName: ['STORE_S3_BUCKET', 'Mend the name of the bucket.'],
  AccessDenied: [
    'STORE_S3_BUCKET',
    'Let these credentials list the bucket, and get, put and delete its objects; or mend its name.',
  ],
  InvalidAccessKeyId: ['AWS_ACCESS_KEY_ID', 'The server does not know this access key.'],
  SignatureDoesNotMatch: ['AWS_SECRET_ACCESS_KEY', 'The secret is not that of the access key.'],
  InvalidToken: ['AWS_SESSION_TOKEN', 'Take fresh credentials.'],
  ExpiredToken: ['AWS_SESSION_TOKEN', 'Take fresh credentials.'],
  CredentialsProviderError: ['AWS_ACCESS_KEY_ID', 'Give the access key and AWS_SECRET_ACCESS_KEY.'],
  PermanentRedirect: ['STORE_S3_REGION', 'Give the region that the bucket is in.'],
  AuthorizationHeaderMalformed: ['STORE_S3_REGION', 'Give the region that the bucket is in.'],
  IllegalLocationConstraintException: ['STORE_S3_REGION', 'Give the region that the bucket is in.'],
  RegionMissing: ['STORE_S3_REGION', 'Give the region that the bucket is in.'],
}

/** What a person has to mend, if the error is one that no waiting mends. */
function settingAt({ name, status, message }: Said) {
  if (message === 'Region is missing') return settingsByName['RegionMissing']
  if (status === 401 || status === 403) return settingsByName[name] ?? settingsByName['AccessDenied']
  return settingsByName[name]
}

const namesOfFull = /quota|storagefull|insufficientstorage/i

/**
 * An error of the SDK as ours: `store_unavailable`, with the setting if one is at fault, `store_full`, or
 * `store_refused` for a request that this server will never take. What the SDK knows beyond that is left behind.
 */
export function asStoreError(what: string, thrown: unknown): MagpieError {
  if (thrown instanceof MagpieError) return thrown
  const known = said(thrown)
  const { name, status, message } = known
  const words =
    `the s3 store could not ${what}: ${name}${status ? ` (HTTP ${status})` : ''} ${message}`.trim()
  if (status === 507 || (status >= 400 && namesOfFull.test(name))) return new MagpieError('store_full', words)
  const at = settingAt(known)
  if (at) return new MagpieError('store_unavailable', words, { setting: at[0], remedy: at[1] })
  if (name === 'RequestTimeTooSkewed')
    return new MagpieError('store_unavailable', words, { remedy: 'Set this machine’s clock.' })
  const isRefused = [400, 405, 411, 413, 501].includes(status) && name !== 'RequestTimeout'
  if (isRefused) return new MagpieError('store_refused', words)
  return new MagpieError('store_unavailable', words, {
    ...(status === 0 && {
      remedy: 'Is the server of STORE_S3_ENDPOINT up? The work goes on when it is back.',
    }),
  })
}
