import { randomBytes } from 'node:crypto'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { onTestFinished } from 'vitest'
import { readSettings } from '../../../src/settings.ts'
import { s3Settings, type S3Settings } from '../../../src/storage/stores/s3-settings.ts'
import type { MakeName } from './makes.ts'
import { startS3, type S3Server } from './server.ts'
import type { Credentials } from './signature.ts'

/** A server to try stores on, with one bucket for the tests. */
export interface S3TestPlace {
  readonly url: string
  readonly credentials: Credentials
  /** An environment for a store in a folder of its own, with others in their place. */
  environment(others?: Readonly<Record<string, string>>): Readonly<Record<string, string>>
  /** The settings of such an environment. */
  settings(others?: Readonly<Record<string, string>>): S3Settings
}

const profileOf = (make: MakeName) => (make === 'old' ? 'minio' : make)

/** A server of our own. */
export async function ourS3(make: MakeName): Promise<S3TestPlace & S3Server> {
  const server = await startS3(make)
  return { ...server, ...(await placeAt(server, profileOf(make))) }
}

/**
 * A real server, which the environment names with its key and secret in the address, as
 * `TEST_CEPH_URL=http://key:secret@127.0.0.1:7480`; null, with the reason printed, where it names none.
 */
export async function realS3(name: 'ceph' | 'swift'): Promise<S3TestPlace | null> {
  const setting = `TEST_${name.toUpperCase()}_URL`
  const url = URL.parse(process.env[setting] ?? '')
  if (!url) {
    console.warn(`skipped on a real ${name}, for ${setting} names none: our own S3 servers stand in`)
    return null
  }
  console.log(`the S3 store is also tested on a real ${name} at ${url.host}`)
  const credentials = {
    accessKeyId: decodeURIComponent(url.username),
    secretAccessKey: decodeURIComponent(url.password),
  }
  return placeAt({ url: url.origin, credentials }, name === 'ceph' ? 'minio' : 'swift')
}

async function placeAt(
  { url, credentials }: Pick<S3TestPlace, 'url' | 'credentials'>,
  profile: Exclude<MakeName, 'old'>,
): Promise<S3TestPlace> {
  const bucket = `magpie-${randomBytes(6).toString('hex')}`
  const client = new S3Client({ endpoint: url, region: 'us-east-1', forcePathStyle: true, credentials })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  client.destroy()
  const environment = (others: Readonly<Record<string, string>> = {}) => ({
    STORE_S3_BUCKET: bucket,
    STORE_S3_ENDPOINT: url,
    STORE_S3_PROFILE: profile,
    // AWS has no region by default, and what this machine's SDK would find is no concern of the tests.
    STORE_S3_REGION: 'us-east-1',
    STORE_S3_PREFIX: `tests/${randomBytes(6).toString('hex')}`,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...others,
  })
  return {
    url,
    credentials,
    environment,
    settings: (others) => readSettings(s3Settings, environment(others)),
  }
}

/** A server of our own for one test. */
export async function ourS3ForThis(make: MakeName): Promise<S3TestPlace & S3Server> {
  const server = await ourS3(make)
  onTestFinished(() => server.stop())
  return server
}
