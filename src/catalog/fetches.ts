import { sql } from 'kysely'
import type { Db, Tx } from '../database.ts'
import { batched, batchedIn } from './batched.ts'
import type { ImageId } from './ids.ts'

/** An image that is about to be fetched, and the digest of its address. */
export interface Fetch {
  readonly urlDigest: string
  readonly imageId: ImageId
}

/** Who fetches what, over all processes: of images with one address, one is fetched and the others wait for it. */
export interface Fetches {
  /**
   * Whether the image may be fetched: no other with its address is, nor has just come. What is begun is ended when
   * its outcome is written, or given up; a worker that dies lets go of it by time. An image may begin anew at any time.
   */
  begin(fetch: Fetch): Promise<boolean>
  end(tx: Tx, fetch: Fetch): Promise<void>
  giveUp(fetch: Fetch): Promise<void>
}

/** Longer than a fetch, a decoding and a put take together, where nothing is the matter. */
const leaseMs = 120_000
/** What has come so recently may have been committed after we looked for it. */
const recentMs = 10_000

export function openFetches(db: Db): Fetches {
  return {
    begin: batched((all) => beginAll(db, all)),
    end,
    giveUp: (fetch) => endAll(db, [fetch]),
  }
}

async function beginAll(db: Db, all: readonly Fetch[]): Promise<readonly boolean[]> {
  const rows = firstOfEach(all)
  const taken = await sql<{ url_digest: string; image_id: string }>`
    insert into fetches (url_digest, image_id, until)
    select f."urlDigest", f."imageId", now() + ${leaseMs} * interval '1 ms'
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f("urlDigest" text, "imageId" uuid) order by 1
    on conflict (url_digest) do update set image_id = excluded.image_id, until = excluded.until
      where fetches.until < now() or fetches.image_id = excluded.image_id
    returning url_digest, image_id`.execute(db)
  // A statement of its own: it sees what was committed while the one before waited for it.
  const here = await sql<{ url_digest: string }>`
    select distinct normal_url_digest as url_digest from images
    where normal_url_digest = any(${rows.map(({ urlDigest }) => urlDigest)}::text[]) and state = 'ready'
      and fetched_at > now() - ${recentMs} * interval '1 ms'`.execute(db)
  const ours = new Map(taken.rows.map(({ url_digest, image_id }) => [url_digest, image_id]))
  const come = new Set(here.rows.map(({ url_digest }) => url_digest))
  const answers = all.map(({ urlDigest, imageId }) => ours.get(urlDigest) === imageId && !come.has(urlDigest))
  const inVain = rows.filter(({ urlDigest }) => come.has(urlDigest) && ours.has(urlDigest))
  if (inVain.length > 0) await endAll(db, inVain)
  return answers
}

/** In the order of their digests, so that two processes with the same two do not wait for each other. */
const firstOfEach = (all: readonly Fetch[]) =>
  [...new Map(all.toReversed().map((fetch) => [fetch.urlDigest, fetch])).values()].sort((a, b) =>
    a.urlDigest < b.urlDigest ? -1 : 1,
  )

const end = batchedIn(async (tx, all: readonly Fetch[]) => {
  await endAll(tx, all)
  return all.map(() => undefined)
})

async function endAll(db: Db, all: readonly Fetch[]): Promise<void> {
  await sql`
    delete from fetches using jsonb_to_recordset(${JSON.stringify(firstOfEach(all))}::jsonb)
      as f("urlDigest" text, "imageId" uuid)
    where fetches.url_digest = f."urlDigest" and fetches.image_id = f."imageId"`.execute(db)
}
