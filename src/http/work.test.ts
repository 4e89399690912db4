import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aGate, aMagpie, haveDatabase, until } from '../../test/given.ts'
import { items } from '../../test/site/items.ts'
import { aShop, hasty } from '../jobs/given.suite.ts'
import { buildApp } from './app.ts'

const [jeans] = items

interface ScrapeView {
  readonly id: string
  readonly state: string
  readonly images: readonly { readonly state: string; readonly rank: number | null }[]
}

describe.runIf(haveDatabase)('work over HTTP', () => {
  const shop = aShop()
  let app: FastifyInstance
  beforeAll(async () => {
    if (!haveDatabase) return
    app = buildApp(shop.magpie)
    await shop.magpie.catalogs.ensure('shop', hasty)
  })
  afterAll(() => app?.close())

  const ask = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, options: InjectOptions = {}) =>
    app.inject({ method, url, ...options })
  const post = (url: string, body?: object, headers = {}) =>
    ask('POST', url, { headers, ...(body && { payload: body }) })
  const json = async <T>(url: string): Promise<T> => (await ask('GET', url)).json()
  const whileWorking = async <T>(go: () => Promise<T>): Promise<T> => {
    const ending = new AbortController()
    const working = shop.magpie.work(ending.signal)
    try {
      return await go()
    } finally {
      ending.abort()
      await working
    }
  }
  const page = (slug = jeans!.slug) => `${shop.site.url}/items/${slug}`
  const expectProblem = (response: LightMyRequestResponse, status: number, code: string) => {
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(response.json()).toMatchObject({ status, code })
    // Who asks over HTTP has no command line.
    expect(response.json<{ remedy: string }>().remedy).not.toContain('--')
    return response.json<{ detail: string }>().detail
  }

  describe('a scrape', () => {
    it('is taken on at once, whoever works, and can be asked how far it is until it is finished', async () => {
      const taken = await post('/v1/scrapes', { url: page(), catalog: 'shop' })
      expect([taken.statusCode, taken.headers['retry-after']]).toEqual([202, '1'])
      const { location } = taken.headers
      expect(taken.json()).toMatchObject({ state: 'working', item: { failure: null }, images: [] })
      expect(location).toBe(`/v1/scrapes/${taken.json<ScrapeView>().id}`)
      expect(await json(location!)).toEqual(taken.json())

      await shop.finish()
      const finished = await json<ScrapeView>(location!)
      expect(finished).toMatchObject({ state: 'finished', catalog: 'shop', progress: { waiting: 0 } })
      expect(finished.images.filter(({ rank }) => rank !== null)).toHaveLength(2)
    })

    it('can be waited for as long as the client likes, and answers with the images once they are there', async () => {
      const url = page('heart-badge')
      const done = await whileWorking(() =>
        post('/v1/scrapes', { url, catalog: 'shop', maxImages: 1 }, { prefer: 'respond-async, wait=50' }),
      )
      expect([done.statusCode, done.headers['preference-applied']]).toEqual([200, 'wait=50'])
      const { state, images } = done.json<ScrapeView>()
      expect([state, images.filter(({ rank }) => rank !== null).length]).toEqual(['finished', 1])
    })

    it('that nobody works on is answered when the wait is over, and a long wait is cut', async () => {
      const waited = await post('/v1/scrapes', { url: page('wrap-dress') }, { prefer: 'wait=0' })
      expect([waited.statusCode, waited.headers['preference-applied']]).toEqual([202, 'wait=0'])
      const other = buildApp(shop.magpie)
      const taken = aGate()
      other.addHook('preHandler', async () => taken.open())
      const waiting = other.inject({
        ...{ method: 'POST', url: '/v1/scrapes', headers: { prefer: 'wait=86400' } },
        payload: { url: page('wrap-dress') },
      })
      await taken.opened
      await other.close()
      const cut = await waiting
      // A server that stops lets go of those who wait.
      expect([cut.statusCode, cut.headers['preference-applied']]).toEqual([202, 'wait=60'])
      await shop.finish()
    })

    it('of a page that cannot be read is finished, and says why', async () => {
      const { headers } = await post('/v1/scrapes', { url: `${shop.site.url}/status/404/page` })
      await shop.finish()
      const view = await json<ScrapeView>(headers.location!)
      expect(view).toMatchObject({
        state: 'finished',
        item: { failure: { code: 'source_not_found', nextAttemptAt: expect.any(String) as string } },
      })
    })

    it.each([
      [{}, [/\/url: must be an http or https address/]],
      [{ url: 'ftp://shop.example/' }, [/\/url: must be an http/]],
      [{ url: 'jeans' }, [/\/url: /]],
      [
        { url: 'https://shop.example/', maxImages: 0, minScore: 101, catalog: 'Two Words' },
        [/\/maxImages: .*>=1/, /\/minScore: .*100/, /\/catalog: must be lower-case/],
      ],
      [{ url: 'https://shop.example/', images: 3 }, [/"images"/]],
    ])('%j cannot be, and each fault has its path', async (body, faults) => {
      const detail = expectProblem(await post('/v1/scrapes', body), 400, 'input_invalid')
      for (const fault of faults) expect(detail).toMatch(fault)
    })

    it('needs a body that is JSON', async () => {
      const wrong = { payload: '{"url":', headers: { 'content-type': 'application/json' } }
      expectProblem(await ask('POST', '/v1/scrapes', wrong), 400, 'input_invalid')
      const form = { payload: 'url=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
      expectProblem(await ask('POST', '/v1/scrapes', form), 415, 'body_unsupported')
      expectProblem(await post('/v1/scrapes'), 400, 'input_invalid')
    })

    it('that never was is not found', async () => {
      expectProblem(await ask('GET', '/v1/scrapes/none'), 404, 'item_not_found')
      const stranger = '01890000-0000-7000-8000-000000000000.lz0'
      expectProblem(await ask('GET', `/v1/scrapes/${stranger}`), 404, 'item_not_found')
    })

    it('is refused to the pages of other sites', async () => {
      for (const site of ['cross-site', 'same-site']) {
        const asked = await post('/v1/catalogs/shop/actions/sync', undefined, { 'sec-fetch-site': site })
        expectProblem(asked, 400, 'input_invalid')
      }
      const own = await post('/v1/jobs/actions/retry', { kind: 'none' }, { 'sec-fetch-site': 'same-origin' })
      expect(own.statusCode).toBe(200)
    })
  })

  describe('a catalogue', () => {
    const settings = {
      itemKind: 'vehicle',
      keep: { maxImages: 5 },
      policy: { preset: 'batch-5-500ms', requestsPerHour: 100 },
      schedules: { sync: { cron: '0 2 * * *', timeZone: 'America/Toronto' } },
    }

    it('is made and set as a whole, with its schedule, and is given back as it can be set again', async () => {
      const made = await ask('PUT', '/v1/catalogs/cars', { payload: settings })
      expect(made.statusCode).toBe(201)
      expect(made.json()).toMatchObject({
        ...{ name: 'cars', itemKind: 'vehicle', keep: { maxImages: 5, minScore: 20 } },
        policy: { preset: 'batch-5-500ms', hostConcurrency: 5, requestsPerHour: 100 },
      })
      expect(await json('/v1/schedules')).toMatchObject({
        schedules: [{ name: 'cars/sync', args: { catalog: 'cars' }, cron: '0 2 * * *', lastRunAt: null }],
      })
      const again = await ask('PUT', '/v1/catalogs/cars', {
        payload: await json<object>('/v1/catalogs/cars'),
      })
      expect([again.statusCode, again.json()]).toEqual([200, made.json()])
      const other = await ask('PUT', '/v1/catalogs/cars', { payload: {} })
      expect(other.json()).toMatchObject({ itemKind: 'product', schedules: { sync: null } })
      expect(await json('/v1/schedules')).toEqual({ schedules: [] })
    })

    it.each([
      [{ order: 'price' }, /order: .*"source"\|"score".*got "price"/],
      [{ keep: { maxImages: 0 } }, /keep\.maxImages: .*>=1, got 0/],
      [{ keep: { maxImage: 5 } }, /keep: Unrecognized key: "maxImage", known are maxImages, minScore, min/],
      [{ colour: 'red' }, /Unrecognized key: "colour", known are itemKind, store/],
      [{ policy: { preset: 'mls' } }, /policy\.preset: .*"mls-grid".*got "mls"/],
      [{ schedules: { sync: { cron: 'every night' } } }, /five fields|no schedule/],
      [{ name: 'bikes' }, /\/name: must be "cars"/],
    ])('cannot be %j, and it is said where, what was expected, and what was there', async (given, fault) => {
      const refused = await ask('PUT', '/v1/catalogs/cars', { payload: given })
      expect(expectProblem(refused, 400, 'input_invalid')).toMatch(fault)
    })

    it('needs a name that can be one', async () => {
      const refused = await ask('PUT', '/v1/catalogs/Two%20Words', { payload: {} })
      expect(expectProblem(refused, 400, 'input_invalid')).toMatch(/name: must be lower-case/)
    })

    it('goes with all that is in it', async () => {
      await shop.item('going')
      expect((await ask('DELETE', '/v1/catalogs/going')).statusCode).toBe(204)
      expectProblem(await ask('GET', '/v1/catalogs/going'), 404, 'catalog_not_found')
      expectProblem(await ask('DELETE', '/v1/catalogs/going'), 404, 'catalog_not_found')
      await shop.finish()
    })

    it('is read again when that is asked for: all of it, some, or one item by our id or its own key', async () => {
      await shop.magpie.catalogs.ensure('synced', hasty)
      const id = await shop.magpie.scrape({ url: page('wrap-dress'), catalog: 'synced' })
      await shop.finish()
      const key = encodeURIComponent((await shop.magpie.items.find(id))!.item.externalId)
      const sync = (body?: object) => post('/v1/catalogs/synced/actions/sync', body)
      for (const body of [undefined, {}, { limit: 1 }, { item: id }, { item: decodeURIComponent(key) }]) {
        const asked = await sync(body)
        expect([asked.statusCode, asked.json()]).toEqual([202, { items: 1 }])
      }
      expect(await json('/v1/jobs?kind=discover-item&state=created')).toMatchObject({
        jobs: [{ args: { itemId: id }, priority: 'listed' }],
      })
      await shop.finish()
      expectProblem(await sync({ item: 'none' }), 404, 'item_not_found')
      expect(expectProblem(await sync({ limit: 0 }), 400, 'input_invalid')).toMatch(/\/limit: /)
      expectProblem(await post('/v1/catalogs/none/actions/sync'), 404, 'catalog_not_found')
    })

    it('has what it could not have asked for again, and can be asked first what that is', async () => {
      const retry = (body?: object) => post('/v1/catalogs/failing/actions/retry', body)
      const id = await shop.item('failing', '/status/404/photos/dead.jpg', '/photos/calla.webp')
      await shop.finish()
      expect((await retry({ dryRun: true, code: 'fetch_timeout' })).json()).toMatchObject({ images: 0 })
      const plan = await retry({ dryRun: true, code: 'source_not_found' })
      expect([plan.statusCode, plan.json()]).toEqual([200, { dryRun: true, images: 1, items: 0 }])
      const asked = await retry()
      expect([asked.statusCode, asked.json()]).toEqual([202, { dryRun: false, images: 1, items: 0 }])
      expect((await shop.images(id)).map(({ state }) => state)).toContain('pending')
      await shop.finish()
      expect(expectProblem(await retry({ code: 'bad luck' }), 400, 'input_invalid')).toMatch(/\/code: /)
      expect(expectProblem(await retry({ reason: 'x' }), 400, 'input_invalid')).toMatch(/"reason"/)
    })
  })

  describe('jobs', () => {
    interface Jobs {
      readonly jobs: readonly { readonly id: string; readonly state: string }[]
      readonly next: string | null
    }
    const jobs = (query: string) => json<Jobs>(`/v1/jobs?${query}`)

    it('are listed page by page, by kind, state, host and the code of what went wrong', async () => {
      const { host } = new URL(shop.site.url)
      await shop.item('listed', '/status/404/photos/dead.jpg', '/photos/calla.webp', '/photos/meadow.webp')
      expect((await jobs('kind=ingest-image&state=created')).jobs).toHaveLength(3)
      expect((await jobs(`host=${host}&state=created`)).jobs).toHaveLength(3)
      expect((await jobs('host=shop.example')).jobs).toEqual([])
      const first = await jobs('kind=ingest-image&state=created&limit=2')
      const second = await jobs(`kind=ingest-image&state=created&limit=2&cursor=${first.next}`)
      expect([first.jobs.length, second.jobs.length, second.next]).toEqual([2, 1, null])
      await shop.finish()
      expect((await jobs('code=source_not_found&state=retry')).jobs[0]).toMatchObject({
        ...{ kind: 'ingest-image', attempts: 1, crashes: 0, host },
        errors: [{ code: 'source_not_found', at: expect.any(String) as string }],
      })
      for (const query of ['state=odd', 'code=odd', 'limit=0', 'limit=abc', 'cursor=odd', 'colour=red'])
        expectProblem(await ask('GET', `/v1/jobs?${query}`), 400, 'input_invalid')
    })

    it('are shown with what they are about', async () => {
      const { jobs: waiting } = await jobs('code=source_not_found&state=retry&kind=ingest-image')
      expect(await json(`/v1/jobs/${waiting[0]!.id}`)).toMatchObject({
        image: { state: 'failed', sourceUrl: expect.stringContaining('dead.jpg') as string },
        item: { title: 'An item' },
      })
      expectProblem(await ask('GET', '/v1/jobs/none'), 404, 'job_not_found')
    })

    it('that are cancelled leave their image failed, and brought back they do their work', async () => {
      const id = await shop.item('cancelled', '/photos/star-thistle.webp')
      const [job] = (await jobs('kind=ingest-image&state=created')).jobs
      const cancelled = await post(`/v1/jobs/${job!.id}/cancel`)
      expect(cancelled.json()).toMatchObject({ id: job!.id, state: 'cancelled' })
      expect(await shop.images(id)).toMatchObject([
        { state: 'failed', code: 'job_cancelled', nextAttemptAt: null },
      ])
      expectProblem(await post(`/v1/jobs/${job!.id}/cancel`), 400, 'input_invalid')
      expect((await post(`/v1/jobs/${job!.id}/retry`)).json()).toMatchObject({ state: 'retry' })
      expect(await shop.images(id)).toMatchObject([{ state: 'pending' }])
      await shop.finish()
      expect(await shop.images(id)).toMatchObject([{ state: 'ready' }])
      for (const change of ['retry', 'cancel'])
        expectProblem(await post(`/v1/jobs/none/${change}`), 404, 'job_not_found')
    })

    it('are cancelled and brought back by what they have in common', async () => {
      const id = await shop.magpie.scrape({ url: `${shop.site.url}/status/404/some`, catalog: 'some' })
      const kind = 'discover-item'
      const { count, ids } = (await post('/v1/jobs/actions/cancel', { kind, state: 'created' })).json<{
        count: number
        ids: string[]
      }>()
      expect([count, ids.length]).toEqual([1, 1])
      expect((await shop.magpie.items.find(id))!.failure).toMatchObject({ code: 'job_cancelled' })
      const back = await post('/v1/jobs/actions/retry', { kind, state: 'cancelled', limit: 10 })
      expect(back.json()).toEqual({ count: 1, ids })
      await shop.finish()
      expect((await shop.magpie.items.find(id))!.failure).toMatchObject({ code: 'source_not_found' })
    })

    it('are not changed all at once by an empty wish', async () => {
      for (const change of ['retry', 'cancel']) {
        const wish = (body?: object) => post(`/v1/jobs/actions/${change}`, body)
        expect(expectProblem(await wish({}), 400, 'input_invalid')).toMatch(/must say which/)
        expect(expectProblem(await wish({ kind: 1 }), 400, 'input_invalid')).toMatch(/\/kind: /)
        expectProblem(await wish(), 400, 'input_invalid')
      }
    })
  })

  it('says of hosts how they are treated, and ends a pause only where there is one', async () => {
    const { host } = new URL(shop.site.url)
    const { hosts } = await json<{ hosts: { host: string }[] }>('/v1/hosts')
    expect(hosts.find((one) => one.host === host)).toMatchObject({ rate: expect.any(Number) as number })
    const resumed = await post('/v1/hosts/shop.example/resume')
    expect([resumed.statusCode, resumed.json()]).toEqual([200, { host: 'shop.example', resumed: false }])
  })

  it('says all of what there is, what waits, who works and what failed', async () => {
    const status = await whileWorking(async () => {
      await until(async () => (await shop.magpie.queue.workers()).length > 0)
      return json<Record<string, unknown>>('/v1/status')
    })
    expect(status).toMatchObject({
      workers: [{ pid: process.pid, state: 'working', reason: null }],
      hosts: expect.any(Array) as unknown,
      schedules: [],
      traffic: { downloaded: expect.any(Number) as number },
    })
    expect(status['failures']).toContainEqual({
      ...{ catalog: 'failing', stage: 'fetch', code: 'source_not_found', count: 1 },
    })
    expect(status['queues']).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'ingest-image', dueSince: null, nextDueAt: expect.any(String) as string },
        states: expect.objectContaining({ completed: expect.any(Number) as number }) as unknown,
      }),
    )
  })
})

describe.runIf(haveDatabase)('readiness', () => {
  it('is told with its checks, and without a database it is 503, never 500', async () => {
    const magpie = await aMagpie()
    const app = buildApp(magpie)
    const ready = await app.inject('/readyz')
    expect([ready.statusCode, ready.json()]).toEqual([
      200,
      { status: 'ok', checks: ['database', 'store', 'queue'].map((name) => ({ name, error: null })) },
    ])
    await magpie.close()
    const unready = await app.inject('/readyz')
    expect([unready.statusCode, unready.headers['cache-control']]).toEqual([503, 'no-store'])
    expect(unready.json()).toMatchObject({
      status: 'unavailable',
      checks: [{ name: 'database', error: { message: expect.any(String) as string } }, {}, {}],
    })
    await app.close()
    await magpie.place.remove()
  })
})
