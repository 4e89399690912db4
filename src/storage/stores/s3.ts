import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { MagpieError } from '../../errors.ts'
import type { BlobStore, ListedBlob } from '../blob-store.ts'
import { checkedStream } from './checked-stream.ts'
import { s3Calls, type S3Calls, type S3Object } from './s3-client.ts'
import { asStoreError, isContested, isMissing, isNotImplemented, isTaken } from './s3-errors.ts'
import { s3Place, type S3Place, type S3Settings } from './s3-settings.ts'

/** Says that the bucket, or its folder, is a store; without it the bucket is taken for a wrong one. */
const marker = '.magpie-store'
const markerSays = 'This is a Magpie blob store, layout 1. Without this object it is not used as one.\n'
/** What is older is written anew when it is put again, so that no sweep takes it for long forgotten. */
const youngMs = 60_000
const tries = 4

/**
 * Opens the store in a bucket, and makes it there if it may: when no blob is known to be in it. A server that cannot
 * be reached is no reason to fail: the store is looked for again at every use. Throws `setting_invalid` for what only
 * a person can mend: a wrong bucket, region or key, a folder that holds other things (a sweep would delete them).
 */
export async function openS3Store(
  settings: S3Settings,
  mayCreate: () => Promise<boolean>,
): Promise<BlobStore> {
  const place = s3Place(settings)
  const store = await s3Store(place, mayCreate)
  await store.ready().catch((cause: unknown) => {
    if (!(cause instanceof MagpieError)) throw cause
    const { setting, remedy } = cause.details
    if (setting === undefined) return
    throw new MagpieError('setting_invalid', `${setting} does not lead to a store: ${cause.message}`, {
      ...{ setting, ...(remedy !== undefined && { remedy }) },
    })
  })
  return store.blobs
}

async function s3Store(place: S3Place, mayCreate: () => Promise<boolean>) {
  const s3 = await s3Calls(place)
  const keyOf = (key: string) => place.prefix + key
  const ready = onceItSucceeds(() => coding('be opened', () => prepare(s3, place, mayCreate)))
  const using = async <T>(what: string, go: () => Promise<T>): Promise<T> => {
    await ready()
    return coding(what, go)
  }
  const get = (key: string) =>
    using(`get ${key}`, async () => {
      const got = await ifThere(s3, place, () => s3.get(keyOf(key)))
      if (!got) throw new MagpieError('blob_not_found', `the s3 store has no blob ${key}`)
      return checkedStream({ ...got, timeoutMs: place.timeoutMs })
    })

  const blobs: BlobStore = {
    name: 's3',
    async put(key, bytes, { mediaType }) {
      const object = { key: keyOf(key), bytes, mediaType, digest: sha256(bytes) }
      const { conditionalPut } = await ready()
      await coding(`put ${key}`, () => (conditionalPut ? putOnce(s3, object) : s3.put(object, false)))
    },
    get,
    read: (key) => twice(async () => whole(await get(key))),
    exists: (key) =>
      using(`look for ${key}`, async () => (await ifThere(s3, place, () => s3.head(keyOf(key)))) !== null),
    delete: (key) =>
      using(`delete ${key}`, async () => void (await s3.delete(keyOf(key)).catch(nullIfMissing))),
    url: (key) => (place.publicUrl === null ? null : place.publicUrl + keyOf(key)),
    signedUrl: (key, forSeconds) => using(`sign ${key}`, () => s3.signedUrl(keyOf(key), forSeconds)),
    async *keys(prefix) {
      await ready()
      yield* keys(s3, place, prefix)
    },
    probe: () =>
      using('take a probe', async () => {
        await confirmMarker(s3, place)
        // Contested, it is another's probe that is taken.
        await writeMarker(s3, place, false).catch((cause: unknown) => {
          if (!isContested(cause)) throw cause
        })
      }),
  }
  return { blobs, ready }
}

/** Nothing under a key means no blob only in a bucket that is our store, and if it is said twice. */
async function ifThere<T>(s3: S3Calls, place: S3Place, go: () => Promise<T>): Promise<T | null> {
  try {
    return await go()
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    await confirmMarker(s3, place)
    return go().catch(nullIfMissing)
  }
}

async function* keys(s3: S3Calls, place: S3Place, prefix: string): AsyncGenerator<ListedBlob> {
  const pages = s3.list(place.prefix + prefix)
  for (;;) {
    const { done, value } = await coding(`list ${prefix}`, () => pages.next())
    if (done) return
    for (const listed of value) yield { ...listed, key: listed.key.slice(place.prefix.length) }
  }
}

interface Capabilities {
  /** Whether `If-None-Match: *` is heeded. */
  readonly conditionalPut: boolean
}

/** Finds the store's marker, or makes it, and finds out what the server can do. */
async function prepare(
  s3: S3Calls,
  place: S3Place,
  mayCreate: () => Promise<boolean>,
): Promise<Capabilities> {
  // Read, not looked for: only the answer to a GET says what is wrong.
  const marked = await readMarker(s3, place).catch(nullIfMissing)
  if (marked === null) {
    if (!(await mayCreate())) throw noStore(place)
    await confirmEmpty(s3, place)
    await writeMarker(s3, place, false)
  }
  try {
    await writeMarker(s3, place, true)
  } catch (cause) {
    if (isTaken(cause) || isContested(cause)) return { conditionalPut: true }
    if (!isNotImplemented(cause)) throw cause
  }
  return { conditionalPut: false }
}

async function confirmEmpty(s3: S3Calls, place: S3Place): Promise<void> {
  for await (const page of s3.list(place.prefix)) {
    // With a marker by now it is another process's, which began with the store at the same time as we.
    if (page.length === 0 || page.some(({ key }) => key === place.prefix + marker)) return
    throw new MagpieError(
      'store_unavailable',
      `it is no Magpie store and holds other things, as ${page[0]!.key}`,
      {
        setting: 'STORE_S3_PREFIX',
        remedy: 'Give a folder of the bucket that holds nothing else as STORE_S3_PREFIX.',
      },
    )
  }
}

const readMarker = async (s3: S3Calls, place: S3Place) =>
  whole(checkedStream({ ...(await s3.get(place.prefix + marker)), timeoutMs: place.timeoutMs }))

async function confirmMarker(s3: S3Calls, place: S3Place): Promise<void> {
  if ((await readMarker(s3, place).catch(nullIfMissing)) === null) throw noStore(place)
}

const writeMarker = (s3: S3Calls, place: S3Place, onlyIfAbsent: boolean) => {
  const bytes = Buffer.from(markerSays)
  return s3.put(
    { key: place.prefix + marker, bytes, mediaType: 'text/plain', digest: sha256(bytes) },
    onlyIfAbsent,
  )
}

const noStore = (place: S3Place) =>
  new MagpieError('store_unavailable', `there is no ${place.prefix}${marker} in the bucket ${place.bucket}`, {
    setting: 'STORE_S3_BUCKET',
    remedy: 'Is it the right bucket, and STORE_S3_PREFIX the right folder in it?',
  })

/**
 * Puts what is not there yet. Of many who put the same at the same moment one does, and the others see that it is
 * done; what is held at another size, or since long, is written anew.
 */
async function putOnce(s3: S3Calls, object: S3Object): Promise<void> {
  let onlyIfAbsent = true
  for (let left = tries; ; left--) {
    try {
      return await s3.put(object, onlyIfAbsent)
    } catch (cause) {
      if (!isTaken(cause) && !isContested(cause)) throw cause
      const held = await s3.head(object.key).catch(nullIfMissing)
      const isWhole = held?.byteSize === object.bytes.byteLength
      if (isWhole && Date.now() - held.modifiedAt.getTime() < youngMs) return
      if (left === 1) throw cause
      if (held) onlyIfAbsent = false
      // R2 takes one write a second of each key.
      if (isContested(cause)) await sleep(200 + Math.random() * 400)
    }
  }
}

/** What broke off or was damaged under way is whole the next time. */
async function twice<T>(go: () => Promise<T>): Promise<T> {
  return go().catch((cause: unknown) => {
    if (cause instanceof MagpieError && ['store_unavailable', 'blob_damaged'].includes(cause.code))
      return go()
    throw cause
  })
}

/** Runs it once for all who ask, and again for those who ask after it failed. */
function onceItSucceeds<T>(go: () => Promise<T>): () => Promise<T> {
  let going: Promise<T> | null = null
  return () =>
    (going ??= go().catch((cause: unknown) => {
      going = null
      throw cause
    }))
}

async function coding<T>(what: string, go: () => Promise<T>): Promise<T> {
  try {
    return await go()
  } catch (cause) {
    throw asStoreError(what, cause)
  }
}

function nullIfMissing(cause: unknown): null {
  if (isMissing(cause)) return null
  throw cause
}

const whole = async (stream: ReadableStream<Uint8Array>) => Buffer.concat(await Array.fromAsync(stream))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
