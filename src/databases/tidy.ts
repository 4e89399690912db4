import type { EmbeddedPool } from './embedded.ts'

const lookEveryMs = 30_000
/** Fewer dead rows than this are not worth a pass. */
const worthIt = 5_000
/** A pass holds everybody up: they may take at most one hundredth of the time. */
const restFactor = 100

/**
 * Does for the embedded database what autovacuum does for a server: without it, updated rows stay on disk for ever and
 * the planner never learns how large the tables are. Answers how to stop.
 */
export function keepTidy(pool: EmbeddedPool, onTrouble: (cause: unknown) => void): () => void {
  let tidied = pool.changes()
  let notBeforeMs = 0
  const look = async () => {
    if (pool.changes() - tidied < worthIt || performance.now() < notBeforeMs) return
    tidied = pool.changes()
    const startedMs = performance.now()
    await tidy(pool)
    notBeforeMs = performance.now() + restFactor * (performance.now() - startedMs)
  }
  const timer = setInterval(() => void look().catch(onTrouble), lookEveryMs).unref()
  return () => clearInterval(timer)
}

/** One pass over all tables. */
export async function tidy(pool: EmbeddedPool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('vacuum (analyze)', [])
  } finally {
    client.release()
  }
}
