import { describe, expect, it } from 'vitest'
import { aGate, haveDatabase, until } from '../../test/given.ts'
import { done, note, quick, theQueue, working } from './given.suite.ts'

describe.runIf(haveDatabase)('a process that is asked to stop', () => {
  const trial = theQueue(quick)
  const only = async () => (await trial.queue.list({}, { cursor: null, limit: 10 })).jobs[0]!

  it('lets running jobs finish, and begins no more', async () => {
    await trial.queue.enqueue('serve', { name: 'running' })
    const [begun, goOn] = [aGate(), aGate()]
    let ended = false
    const worker = working(trial.queue, {
      async serve({ name }) {
        begun.open()
        await goOn.opened
        return { ...done, record: note(name) }
      },
    })
    void worker.ended.then(() => (ended = true))
    await begun.opened
    await trial.queue.enqueue('serve', { name: 'waiting' })
    worker.abort()
    await until(async () => (await trial.queue.workers())[0]?.state === 'draining')
    expect(ended).toBe(false)
    goOn.open()
    await worker.ended
    expect(await trial.notes()).toEqual(['running'])
    expect(await trial.queue.counts()).toMatchObject([
      { kind: 'serve', state: 'created', count: 1 },
      { kind: 'serve', state: 'completed', count: 1 },
    ])
    expect(await trial.queue.workers()).toEqual([])
  })

  it.each([
    ['gives up', async () => ({ cancel: 'it was interrupted' })],
    ['throws', () => Promise.reject(new Error('it was interrupted'))],
    ['does not heed its signal', () => new Promise<never>(() => undefined)],
  ])('hands back a job that takes too long and then %s, with nothing spent', async (_, end) => {
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const begun = aGate()
    let reason: unknown
    const worker = working(
      trial.queue,
      {
        async serve(_, __, signal) {
          begun.open()
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          reason = signal.reason
          return end()
        },
      },
      { drainMs: 100 },
    )
    await begun.opened
    const startedMs = performance.now()
    await worker.stop()
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    expect(reason).toMatchObject({ code: 'interrupted' })
    const { dueAt, ...job } = await only()
    expect(job).toMatchObject({ state: 'retry', attempts: 0, crashes: 0, errors: [] })
    expect(dueAt.getTime()).toBeLessThanOrEqual(Date.now() + 1_000)
    expect(await trial.queue.workers()).toEqual([])
  })

  it('believes a job that it interrupted, and that is done all the same', async () => {
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const begun = aGate()
    const worker = working(
      trial.queue,
      {
        async serve(_, __, signal) {
          begun.open()
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          return { ...done, record: note('it was done') }
        },
      },
      { drainMs: 0 },
    )
    await begun.opened
    await worker.stop()
    expect((await only()).state).toBe('completed')
    expect(await trial.notes()).toEqual(['it was done'])
  })

  it('does so also while it is paused', async () => {
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const worker = working(trial.queue, {}, { ready: () => new Promise(() => undefined), drainMs: 100 })
    await until(async () => (await trial.queue.workers()).length === 1)
    await worker.stop()
    expect((await only()).state).toBe('created')
  })
})
