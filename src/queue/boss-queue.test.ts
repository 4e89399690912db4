import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import {
  aGate,
  aPlace,
  aProcess,
  aTestDatabase,
  haveDatabase,
  onServer,
  silent,
  until,
} from '../../test/given.ts'
import { openDatabase, type Database, type Tx } from '../database.ts'
import { openBossQueue } from './boss-queue.ts'
import type { JobState } from './job-queue.ts'
import {
  describeJobQueue,
  done,
  testKinds,
  working,
  type QueueOnTrial,
  type TestJobs,
} from './job-queue.suite.ts'

async function aBossQueue(database: Database): Promise<QueueOnTrial> {
  const { db } = database
  const queue = await openBossQueue<TestJobs>(database, testKinds, silent)
  return {
    queue,
    db,
    async waiting() {
      const { rows } = await sql<{ state: JobState; dueInMs: number }>`
        select state::text, (extract(epoch from start_after - now()) * 1000)::float8 as "dueInMs"
        from pgboss.job where state in ('created', 'retry') and name in ('greet', 'serve')`.execute(db)
      return rows
    },
    async hurry() {
      await sql`update pgboss.job set start_after = now() where state in ('created', 'retry')`.execute(db)
    },
    async clear() {
      await sql`delete from pgboss.job where name in ('greet', 'serve')`.execute(db)
    },
    async remove() {
      await queue.close()
      await database.close()
    },
  }
}

describe.runIf(haveDatabase)('on pg-boss', () => {
  describeJobQueue('the queue', async () => {
    const database = await aTestDatabase()
    return aBossQueue({ ...database, close: () => database.remove() })
  })

  it('settles and records nothing for a worker whose job was taken back meanwhile', async () => {
    const database = await aTestDatabase()
    const { queue, db, remove } = await aBossQueue({ ...database, close: () => database.remove() })
    await sql`create table notes (text text not null)`.execute(db)
    await queue.enqueue('greet', [{ name: 'given to another' }, { name: 'waits again' }])
    let begun = 0
    const [both, goOn] = [aGate(), aGate()]
    const worker = working(queue, {
      async greet({ name }) {
        if (++begun === 2) both.open()
        await goOn.opened
        return {
          ...done,
          record: async (tx: Tx) => void (await sql`insert into notes values (${name})`.execute(tx)),
        }
      },
    })
    await both.opened
    worker.abort()
    await sql`update pgboss.job set retry_count = retry_count + 1 where data ->> 'name' = 'given to another'`.execute(
      db,
    )
    await sql`update pgboss.job set state = 'retry' where data ->> 'name' = 'waits again'`.execute(db)
    goOn.open()
    await worker.ended
    const { rows: notes } = await sql`select text from notes`.execute(db)
    const { rows: jobs } =
      await sql`select data ->> 'name' as name, state::text from pgboss.job where name = 'greet' order by 1`.execute(
        db,
      )
    expect(notes).toEqual([])
    expect(jobs).toEqual([
      { name: 'given to another', state: 'active' },
      { name: 'waits again', state: 'retry' },
    ])
    await remove()
  })

  it.skipIf(onServer)('takes back what a process held that died, and spends no attempt on it', async () => {
    const place = await aPlace()
    const dying = aProcess(`
      import { openDatabase } from './src/database.ts'
      import { openLog } from './src/log.ts'
      import { openBossQueue } from './src/queue/boss-queue.ts'
      const kind = { concurrency: 4, attempts: 3, expireInSeconds: 60 }
      const log = openLog({ LOG_LEVEL: 'silent' })
      const database = await openDatabase({ DATABASE_URL: null, DATABASE_CONNECTIONS: 2, DATABASE_SYNC: 'off' }, ${JSON.stringify(place.folder)}, log)
      const queue = await openBossQueue(database, { greet: kind, serve: kind }, log)
      await queue.enqueue('greet', { name: 'Ada' })
      const greet = () => new Promise(() => console.log('it is under way'))
      await queue.work({ greet, serve: greet }, new AbortController().signal)`)
    await dying.said('it is under way')
    dying.kill('SIGKILL')
    const database = await until(async () => dying.signalCode !== null).then(() =>
      openDatabase(place.config, place.folder, silent),
    )
    const { queue, remove } = await aBossQueue(database)
    const attempts: unknown[] = []
    const worker = working(queue, {
      async greet({ name }, attempt) {
        attempts.push({ name, ...attempt })
        worker.abort()
        return done
      },
    })
    await worker.ended
    expect(attempts).toEqual([{ name: 'Ada', number: 1, last: false }])
    await remove()
    await place.remove()
  })
})
