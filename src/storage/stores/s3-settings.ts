import { MagpieError } from '../../errors.ts'
import { number, oneOf, optional, type Values } from '../../settings.ts'
import { habitsOf, s3Profiles } from './s3-profiles.ts'

export const s3Settings = {
  STORE_S3_BUCKET: optional({ means: 'the bucket of the S3 store' }),
  STORE_S3_ENDPOINT: optional({ means: 'the address of the S3 server; AWS is found without' }),
  STORE_S3_REGION: optional({
    means: 'the region of the bucket; left out, what the profile or AWS_REGION says',
  }),
  STORE_S3_PROFILE: oneOf(s3Profiles, {
    default: 'aws',
    means: 'the make of the S3 server: aws, r2, swift, or minio for MinIO, Ceph and others',
  }),
  STORE_S3_PREFIX: optional({ means: 'the folder of the bucket in which the store is, if not all of it' }),
  STORE_S3_PUBLIC_URL: optional({
    means: 'where the bucket’s variants can be read by everybody, such as a CDN; the prefix is added',
  }),
  STORE_S3_TIMEOUT_MS: number({
    default: 30_000,
    min: 100,
    means: 'how long the S3 server may take for one answer, of up to three tries',
  }),
  AWS_ACCESS_KEY_ID: optional({
    means: 'the S3 store’s access key; left out, the SDK looks for credentials where AWS keeps them',
  }),
  AWS_SECRET_ACCESS_KEY: optional({ means: 'the secret of that access key' }),
  AWS_SESSION_TOKEN: optional({ means: 'the session token of that access key, if it has one' }),
}

export type S3Settings = Values<typeof s3Settings>

/** How one S3 store is reached, checked. */
export interface S3Place {
  readonly bucket: string
  /** Empty, or ends in a slash. */
  readonly prefix: string
  /** Ends in a slash. */
  readonly publicUrl: string | null
  readonly endpoint: string | null
  readonly region: string | null
  readonly pathStyle: boolean
  readonly timeoutMs: number
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  } | null
}

/** Throws `setting_invalid`. */
export function s3Place(settings: S3Settings): S3Place {
  const habits = habitsOf[settings.STORE_S3_PROFILE]
  const bucket = settings.STORE_S3_BUCKET
  if (bucket === null) throw complaint('STORE_S3_BUCKET', 'must name the bucket of the S3 store')
  if (habits.needsEndpoint && settings.STORE_S3_ENDPOINT === null)
    throw complaint(
      'STORE_S3_ENDPOINT',
      `must be the server's address, with the profile ${settings.STORE_S3_PROFILE}`,
    )
  const prefix = settings.STORE_S3_PREFIX?.replace(/^\/+|\/+$/g, '') ?? ''
  if (!/^([\w.-]+(\/[\w.-]+)*)?$/.test(prefix) || /(^|\/)\.+(\/|$)/.test(prefix))
    throw complaint('STORE_S3_PREFIX', 'must be folders of letters, digits, dots, dashes and underscores')
  return {
    bucket,
    prefix: prefix && `${prefix}/`,
    publicUrl: address('STORE_S3_PUBLIC_URL', settings.STORE_S3_PUBLIC_URL)?.replace(/\/*$/, '/') ?? null,
    endpoint: address('STORE_S3_ENDPOINT', settings.STORE_S3_ENDPOINT),
    region: settings.STORE_S3_REGION ?? habits.region,
    pathStyle: habits.pathStyle,
    timeoutMs: settings.STORE_S3_TIMEOUT_MS,
    credentials: credentialsOf(settings),
  }
}

function credentialsOf(settings: S3Settings): S3Place['credentials'] {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = settings
  if (accessKeyId === null && secretAccessKey === null) return null
  if (accessKeyId === null) throw complaint('AWS_ACCESS_KEY_ID', 'is missing beside AWS_SECRET_ACCESS_KEY')
  if (secretAccessKey === null)
    throw complaint('AWS_SECRET_ACCESS_KEY', 'is missing beside AWS_ACCESS_KEY_ID')
  const sessionToken = settings.AWS_SESSION_TOKEN
  return { accessKeyId, secretAccessKey, ...(sessionToken !== null && { sessionToken }) }
}

function address(setting: string, value: string | null): string | null {
  const url = value === null ? null : URL.parse(value)
  if (value === null || (url && /^https?:$/.test(url.protocol) && !url.username && !url.search)) return value
  throw complaint(setting, 'must be an address that begins with https:// or http://')
}

const complaint = (setting: string, says: string) =>
  new MagpieError('setting_invalid', `${setting} ${says}`, { setting })
