import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  aGate,
  aPlace,
  aProcess,
  haveDatabase,
  onServer,
  silent,
  until,
  type Place,
} from '../../test/given.ts'
import { openDatabase, type Database } from '../database.ts'
import { openFetcher } from '../fetch/open-fetcher.ts'
import { never } from './given.suite.ts'
import type { Hosts } from './host-turns.ts'
import { openHosts } from './open-hosts.ts'

let place: Place
let databases: readonly Database[]
let origin: Origin
beforeAll(async () => {
  if (!haveDatabase) return
  place = await aPlace()
  const open = () => openDatabase(place.config, place.folder, silent)
  const first = await open()
  // The embedded one cannot be opened twice; there the two share its connection.
  databases = onServer ? [first, await open()] : [first, first]
})
beforeEach(async () => {
  origin = await anOrigin()
})
afterEach(() => void origin.server.close())
afterAll(async () => {
  for (const database of new Set(databases ?? [])) await database.close()
  await place?.remove()
})

interface Origin {
  readonly url: string
  readonly server: Server
  /** When each request came. */
  readonly starts: number[]
  /** The most that were under way at once. */
  most: number
  /** Answers wait for it. */
  answering: Promise<void>
}

const picture = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/** Counts what reaches it. */
async function anOrigin(): Promise<Origin> {
  let running = 0
  const server = createServer((_request, response) => {
    seen.starts.push(performance.now())
    seen.most = Math.max(seen.most, ++running)
    void seen.answering.then(() => {
      running--
      response.end(picture)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const seen: Origin = { url, server, starts: [], most: 0, answering: Promise.resolve() }
  return seen
}

const hostsOf = ({ db }: Database, leaseMs = 10_000): Promise<Hosts> =>
  openHosts({ db, place: { kind: 'server', url: '' } }, { HOSTS_WAIT_MS: 600_000 }, { leaseMs })

describe.runIf(haveDatabase)('two processes on one database', () => {
  it('are together no less polite than one, as the origin counts', async () => {
    const policy = {
      hostConcurrency: 2,
      hostDelayMs: 50,
      headers: {},
      robots: 'ignore',
      optOut: 'ignore',
    } as const
    const both = await Promise.all(databases.map((database) => hostsOf(database)))
    const fetchers = both.map((turns) => openFetcher(place.config, silent, { turns }))
    const gate = aGate()
    origin.answering = gate.opened
    const since = performance.now()
    const pictures = fetchers.flatMap((fetcher, n) =>
      Array.from({ length: 8 }, (_, m) =>
        fetcher.under(policy).image(`${origin.url}/${n}/${m}`, null, never),
      ),
    )
    // As many as may are under way, and nobody else comes.
    await until(() => origin.starts.length === 2)
    gate.open()
    expect(await Promise.all(pictures)).toHaveLength(16)
    expect(origin.most).toBe(2)
    // The nth turn is given n delays after the first at the earliest, and the first no earlier than we asked.
    const early = origin.starts.filter((start, n) => start - since < n * 50 - 2)
    expect(early).toEqual([])
    for (const fetcher of fetchers) await fetcher.close()
    for (const hosts of both) await hosts.close()
  })

  it('fetch one address once', async () => {
    const policy = {
      hostConcurrency: 8,
      hostDelayMs: 0,
      headers: {},
      robots: 'ignore',
      optOut: 'ignore',
    } as const
    const both = await Promise.all(databases.map((database) => hostsOf(database)))
    const [one, other] = both.map((turns) => openFetcher(place.config, silent, { turns }))
    const gate = aGate()
    origin.answering = gate.opened
    const fetched = one!.under(policy).image(`${origin.url}/a`, null, never)
    await until(() => origin.starts.length === 1)
    const again = other!.under(policy).image(`${origin.url}/a`, null, never)
    await expect(again).rejects.toMatchObject({ code: 'fetch_under_way' })
    const otherwise = other!
      .under({ ...policy, headers: { 'x-licence': 'b' } })
      .image(`${origin.url}/a`, null, never)
    await until(() => origin.starts.length === 2)
    gate.open()
    await Promise.all([fetched, otherwise])
    expect(origin.starts).toHaveLength(2)
    for (const fetcher of [one!, other!]) await fetcher.close()
    for (const hosts of both) await hosts.close()
  })

  it.runIf(onServer)('have the turns of one that was killed, once they have run out', async () => {
    const hosts = await hostsOf(databases[0]!, 3000)
    const ask = {
      ...{ host: 'shop.example:443', want: 'this', alone: false, begun: false },
      limits: { hostConcurrency: 1, hostDelayMs: 0 },
    }
    const doomed = aProcess(`
      import { openDatabase } from './src/database.ts'
      import { openHosts } from './src/hosts/open-hosts.ts'
      import { openLog } from './src/log.ts'
      const settings = { DATABASE_URL: ${JSON.stringify(place.config.DATABASE_URL)}, DATABASE_CONNECTIONS: 2, DATABASE_SYNC: 'on' }
      const database = await openDatabase(settings, '', openLog({ LOG_LEVEL: 'silent' }))
      const hosts = await openHosts(database, { HOSTS_WAIT_MS: 0 }, { leaseMs: 3000 })
      await hosts.take(${JSON.stringify(ask)}, new AbortController().signal)
      console.log('taken')
      setInterval(() => {}, 1000)`)
    await doomed.said('taken')
    const runsOut = async () => {
      const [row] = await databases[0]!.db.selectFrom('turns').select('expires_at').execute()
      return row!.expires_at.getTime()
    }
    const first = await runsOut()
    await until(async () => (await runsOut()) > first + 500)
    const waits = hosts.take(ask, never)
    const before = await runsOut()
    doomed.kill('SIGKILL')
    const turn = await waits
    expect(Date.now()).toBeGreaterThan(before - 500)
    turn.end({ bytes: 0 })
    await hosts.close()
  })
})
