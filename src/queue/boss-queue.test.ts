import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTestDatabase, haveDatabase, silent } from '../../test/given.ts'
import type { Tx } from '../database.ts'
import { openBossQueue } from './boss-queue.ts'
import type { JobQueue } from './job-queue.ts'

interface TestJobs {
  readonly greet: { readonly name: string }
}

describe.runIf(haveDatabase)('the queue', () => {
  let database: Awaited<ReturnType<typeof aTestDatabase>>
  let queue: JobQueue<TestJobs, Tx>

  beforeAll(async () => {
    database = await aTestDatabase()
    queue = await openBossQueue<TestJobs>(database, { greet: { concurrency: 4, attempts: 4, expireInSeconds: 60 } }, silent)
  })
  afterAll(async () => {
    await queue.close()
    await database.remove()
  })

  it('does what was enqueued, once', async () => {
    await queue.enqueue('greet', [{ name: 'Ada' }, { name: 'Bob' }])
    const greeted: string[] = []
    const stop = new AbortController()
    await queue.work(
      {
        greet: async ({ name }) => {
          greeted.push(name)
          if (greeted.length === 2) stop.abort()
          return { done: true }
        },
      },
      stop.signal,
    )
    expect(greeted.sort()).toEqual(['Ada', 'Bob'])
  })
})
