import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startPgProxy } from '../../test/faults/pg-proxy.ts'
import { aGate, aPlace, haveDatabase, onServer, until } from '../../test/given.ts'
import { openLog } from '../log.ts'
import { aQueueIn, done, note, quick, working, type QueueOnTrial } from './given.suite.ts'
import type { Times } from './times.ts'

/** A door before a server: shut, nobody is let in, and those inside are thrown out. */
async function aDoor(server: string) {
  const target = new URL(server)
  const inside = new Set<Socket>()
  let door: Server
  const open = async (port: number) => {
    door = createServer((socket) => {
      const beyond = connect(Number(target.port), target.hostname)
      for (const one of [socket, beyond]) {
        inside.add(one)
        one.on('error', () => undefined).on('close', () => inside.delete(one))
      }
      socket.pipe(beyond).pipe(socket)
    })
    await new Promise<void>((resolve) => door.listen(port, '127.0.0.1', resolve))
    return (door.address() as AddressInfo).port
  }
  const port = await open(0)
  const url = new URL(server)
  url.port = String(port)
  return {
    url: url.href,
    async shut() {
      const shut = new Promise((resolve) => door.close(resolve))
      for (const one of inside) one.destroy()
      await shut
    },
    open: () => open(port),
  }
}

/** What is logged, line by line. */
function aLog() {
  const lines: { level: number; msg: string }[] = []
  const log = openLog(
    { LOG_LEVEL: 'info' },
    { write: (line: string) => void lines.push(JSON.parse(line) as { level: number; msg: string }) },
  )
  return { log, lines, of: (words: RegExp) => lines.filter(({ msg }) => words.test(msg)) }
}

describe.runIf(onServer && haveDatabase)('a database that is away', () => {
  /** A queue by way of something before its server. */
  const aQueueBy = async (way: (url: string) => Promise<{ url: string }>, times: Times = quick) => {
    const place = await aPlace()
    const by = await way(place.config.DATABASE_URL!)
    const log = aLog()
    const config = { ...place.config, DATABASE_URL: by.url }
    const trial = await aQueueIn({ config, folder: place.folder }, { times, log: log.log })
    onTestFinished(async () => {
      await trial.remove()
      await place.remove()
    })
    return { trial, by, log }
  }
  const door = async (times?: Times) => {
    let made!: Awaited<ReturnType<typeof aDoor>>
    const { trial, log } = await aQueueBy(async (url) => (made = await aDoor(url)), times)
    return { trial, door: made, log }
  }
  const proxy = async () => {
    let made!: Awaited<ReturnType<typeof startPgProxy>>
    const { trial, log } = await aQueueBy(async (url) => (made = await startPgProxy(url)))
    onTestFinished(() => made.close())
    return { trial, proxy: made, log }
  }
  const only = async ({ queue }: QueueOnTrial) => (await queue.list({}, { cursor: null, limit: 10 })).jobs[0]!

  it('is waited for with what has been done meanwhile, and said to be away once', async () => {
    const { trial, door: its, log } = await door()
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const [begun, goOn] = [aGate(), aGate()]
    const worker = working(trial.queue, {
      async serve({ name }) {
        begun.open()
        await goOn.opened
        return { ...done, record: note(name) }
      },
    })
    await begun.opened
    await its.shut()
    goOn.open()
    await until(() => log.of(/is away/).length > 0)
    // Long enough for claims, heartbeats and the settling to fail again and again.
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    await its.open()
    await until(async () => (await trial.notes().catch(() => [])).length === 1)
    await worker.stop()
    expect(await trial.notes()).toEqual(['Ada'])
    expect(await only(trial)).toMatchObject({ state: 'completed', attempts: 0, crashes: 0 })
    expect(log.of(/is away/)).toHaveLength(1)
    await until(() => log.of(/^the database is back/).length === 1)
    expect(log.of(/could not|had trouble/)).toEqual([])
  })

  it('is listened to again, and who works is woken', async () => {
    const { trial, door: its } = await door({ ...quick, pollMs: 3_600_000 })
    let greeted = aGate()
    working(trial.queue, {
      async greet() {
        greeted.open()
        return done
      },
    })
    const greet = async (name: string) => {
      greeted = aGate()
      await trial.queue.enqueue('greet', { name })
      await greeted.opened
    }
    await greet('before')
    await its.shut()
    await its.open()
    await until(() =>
      greet('after').then(
        () => true,
        () => false,
      ),
    )
    await greet('at last')
  })

  it('does not keep a process from ending in time', async () => {
    const { trial, door: its } = await door()
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const begun = aGate()
    const worker = working(
      trial.queue,
      {
        async serve() {
          begun.open()
          await its.shut()
          return done
        },
      },
      { drainMs: 300 },
    )
    await begun.opened
    const startedMs = performance.now()
    await worker.stop()
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    await its.open()
  })

  it('records once what was committed though nobody was told', async () => {
    const { trial, proxy: its } = await proxy()
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const lost = its.once('lose-answer', /^commit/i, /insert into notes/)
    const worker = working(trial.queue, { serve: async ({ name }) => ({ ...done, record: note(name) }) })
    await lost
    await until(async () => (await trial.count('completed').catch(() => 0)) === 1)
    await worker.stop()
    expect(await trial.notes()).toEqual(['Ada'])
  })

  it('records once what was not committed, and done anew', async () => {
    const { trial, proxy: its } = await proxy()
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const cut = its.once('cut-before', /^commit/i, /insert into notes/)
    let begun = 0
    const worker = working(trial.queue, {
      async serve({ name }) {
        begun += 1
        return { ...done, record: note(name) }
      },
    })
    await cut
    await until(async () => (await trial.count('completed').catch(() => 0)) === 1)
    await worker.stop()
    expect(await trial.notes()).toEqual(['Ada'])
    expect(begun).toBe(1)
  })

  it('loses no job whose claim was answered to nobody', async () => {
    const { trial, proxy: its } = await proxy()
    const lost = its.once('lose-answer', /group_tier = /)
    await trial.queue.enqueue('serve', { name: 'Ada' })
    const worker = working(trial.queue, {})
    await lost
    await until(async () => (await trial.count('completed').catch(() => 0)) === 1)
    await worker.stop()
    expect(await only(trial)).toMatchObject({ attempts: 0, crashes: 0, errors: [] })
  })
})
