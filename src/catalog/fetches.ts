import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Tx } from '../database.ts'
import { batched, batchedIn } from './batched.ts'

/** Leave to fetch what is at an address, alone. */
export interface Fetch {
  readonly urlDigest: string
  /** How it is asked for: what others ask for otherwise is something else. */
  readonly terms: string
  readonly holder: string
}

/** Who fetches what, over all processes: of images with one address and the same terms, one is fetched and
 * the others wait for it. */
export interface Fetches {
  /**
   * Leave to fetch, or null: another fetches the same, or it has just come. To be ended in the transaction of its
   * outcome, or given up; of a process that dies it is taken by time.
   */
  begin(urlDigest: string, terms: string): Promise<Fetch | null>
  end(tx: Tx, fetch: Fetch): Promise<void>
  giveUp(fetch: Fetch): Promise<void>
  /** Whatever is still held runs out by time. */
  close(): void
}

/** A process that has renewed nothing for so long is dead; its jobs are not with others before. */
const leaseMs = 15_000
const renewMs = 5_000
/** No longer is anything renewed: a job that was cancelled under way may never say how it ended. */
const longestMs = 300_000
/** What has come so recently may have been committed after we looked for it. */
const recentMs = 10_000

export function openFetches(db: Db): Fetches {
  const held = new Map<Fetch, number>()
  const renewing = setInterval(() => void renew(db, held).catch(() => undefined), renewMs).unref()
  const begin = batched((all: readonly Fetch[]) => beginAll(db, all))
  return {
    async begin(urlDigest, terms) {
      const fetch = { urlDigest, terms, holder: randomUUID() }
      if (!(await begin(fetch))) return null
      held.set(fetch, performance.now() + longestMs)
      return fetch
    },
    async end(tx, fetch) {
      held.delete(fetch)
      await end(tx, fetch)
    },
    async giveUp(fetch) {
      held.delete(fetch)
      await endAll(db, [fetch])
    },
    close: () => clearInterval(renewing),
  }
}

async function beginAll(db: Db, all: readonly Fetch[]): Promise<readonly boolean[]> {
  const rows = inOrder([...new Map(all.toReversed().map((fetch) => [keyOf(fetch), fetch])).values()])
  const taken = await sql<{ holder: string }>`
    insert into fetches (url_digest, terms, holder, until)
    select f."urlDigest", f.terms, f.holder, now() + ${leaseMs} * interval '1 ms' from ${asRows(rows)} order by 1, 2
    on conflict (url_digest, terms) do update set holder = excluded.holder, until = excluded.until
      where fetches.until < now()
    returning holder`.execute(db)
  // A statement of its own: it sees what was committed while the one before waited for it.
  const here = await sql<{ holder: string }>`
    select f.holder from ${asRows(rows)} where exists (
      select from images where normal_url_digest = f."urlDigest" and terms = f.terms and state = 'ready'
        and fetched_at > now() - ${recentMs} * interval '1 ms')`.execute(db)
  const ours = new Set(taken.rows.map(({ holder }) => holder))
  const come = new Set(here.rows.map(({ holder }) => holder))
  const inVain = rows.filter(({ holder }) => ours.has(holder) && come.has(holder))
  if (inVain.length > 0) await endAll(db, inVain)
  return all.map(({ holder }) => ours.has(holder) && !come.has(holder))
}

async function renew(db: Db, held: Map<Fetch, number>): Promise<void> {
  for (const [fetch, until] of held) if (until < performance.now()) held.delete(fetch)
  if (held.size === 0) return
  await sql`
    update fetches set until = now() + ${leaseMs} * interval '1 ms' from ${asRows(inOrder([...held.keys()]))}
    where fetches.url_digest = f."urlDigest" and fetches.terms = f.terms and fetches.holder = f.holder`.execute(
    db,
  )
}

const end = batchedIn(async (tx, all: readonly Fetch[]) => {
  await endAll(tx, all)
  return all.map(() => undefined)
})

async function endAll(db: Db, all: readonly Fetch[]): Promise<void> {
  await sql`
    delete from fetches using ${asRows(inOrder(all))}
    where fetches.url_digest = f."urlDigest" and fetches.terms = f.terms and fetches.holder = f.holder`.execute(
    db,
  )
}

const asRows = (all: readonly Fetch[]) =>
  sql`jsonb_to_recordset(${JSON.stringify(all)}::jsonb) as f("urlDigest" text, terms text, holder uuid)`

const keyOf = ({ urlDigest, terms }: Fetch) => `${urlDigest} ${terms}`

/** So that two processes with the same two do not wait for each other. */
const inOrder = (all: readonly Fetch[]) => all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
