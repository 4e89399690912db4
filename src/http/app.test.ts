import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import type { ItemId } from '../catalog/ids.ts'
import { MagpieError } from '../errors.ts'
import { aShop, hasty } from '../jobs/given.suite.ts'
import { buildApp } from './app.ts'
import { toProblem } from './problem.ts'

const photos = [
  '/photos/relaxed-jeans.jpg',
  '/photos/relaxed-jeans-cuff.jpg',
  '/photos/motorcycle-engine.jpg',
  '/status/404/photos/dead.jpg',
]
const evil = `"><script>alert('1')</script>&amp;`

describe.runIf(haveDatabase)('over HTTP', () => {
  const shop = aShop()
  let app: FastifyInstance
  let item: ItemId
  let waiting: ItemId
  beforeAll(async () => {
    if (!haveDatabase) return
    app = buildApp(shop.magpie)
    await shop.magpie.catalogs.ensure('shop', hasty)
    item = await shop.item('shop', ...photos)
    await shop.finish()
    waiting = await shop.magpie.scrape({
      url: `${shop.site.url}/evil?<script>`,
      page: `<title>${evil.replaceAll('<', '&lt;')}</title><main><img width=900 height=900 src="${shop.site.url}/photos/calla.webp" alt="${evil.replaceAll('"', '&quot;')}"></main>`,
      catalog: 'shop',
    })
  })
  afterAll(() => app?.close())

  const get = (url: string, options: Omit<InjectOptions, 'url'> = {}) =>
    app.inject({ method: 'GET', url, ...options })
  const json = async <T>(url: string): Promise<T> => (await get(url)).json()
  const images = async (query = '') =>
    (
      await json<{
        images: {
          id: string
          state: string
          sourceUrl: string
          variants: Record<string, string>
          score: number | null
          kind: string | null
        }[]
      }>(`/v1/catalogs/shop/items/${item}/images${query}`)
    ).images
  const thumb = async () => (await images())[0]!.variants['thumb']!

  describe('a problem', () => {
    it.each([
      ['/nowhere', 404, 'route_not_found'],
      ['/v1/catalogs/none', 404, 'catalog_not_found'],
      ['/v1/catalogs/none/stats', 404, 'catalog_not_found'],
      ['/v1/catalogs/none/items', 404, 'catalog_not_found'],
      ['/catalogs/none', 404, 'catalog_not_found'],
      ['/v1/catalogs/shop/items/none', 404, 'item_not_found'],
      ['/v1/catalogs/shop/items/01890000-0000-7000-8000-000000000000', 404, 'item_not_found'],
      ['/catalogs/shop/items/none', 404, 'item_not_found'],
      ['/images/none/thumb.webp', 404, 'image_not_found'],
      ['/images/none/x/thumb.webp', 400, 'input_invalid'],
      ['/v1/catalogs/shop/items?limit=0', 400, 'input_invalid'],
      ['/v1/catalogs/shop/items?cursor=nonsense', 400, 'input_invalid'],
      ['/catalogs/shop?cursor=nonsense', 400, 'input_invalid'],
      ['/v1/catalogs/%ZZ', 400, 'input_invalid'],
      ['/v1/catalogs/a%00b', 400, 'input_invalid'],
      ['/v1/catalogs/shop/items/a%00b', 400, 'input_invalid'],
      ['/catalogs/shop/items/a%00b', 400, 'input_invalid'],
    ] as const)('at %s is %i, in one form, and no cache keeps it', async (url, status, code) => {
      const response = await get(url)
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
      expect(response.headers['cache-control']).toBe('no-store')
      expect(response.headers['x-content-type-options']).toBe('nosniff')
      expect(response.json()).toEqual({
        type: `https://magpie.example/problems/${code}`,
        status,
        code,
        title: expect.any(String) as string,
        detail: expect.any(String) as string,
        retryable: false,
        remedy: expect.any(String) as string,
      })
      expect(response.statusCode).toBe(status)
    })

    it('names the field that is at fault, and what would be right', async () => {
      const response = await get(`/v1/catalogs/shop/items/${item}/images?minScore=101&sort=best`)
      expect(response.statusCode).toBe(400)
      const { detail } = response.json<{ detail: string }>()
      expect(detail).toMatch(/\/minScore: .*100/)
      expect(detail).toMatch(/\/sort: .*rank.*score.*recent/)
    })

    it('that will pass says when to come back', async () => {
      const [image] = await shop.images(waiting)
      const response = await get(`/images/${image!.id}/thumb`)
      expect(response.statusCode).toBe(503)
      expect(response.headers['retry-after']).toBe('5')
      expect(response.json()).toMatchObject({ code: 'image_not_ready', retryable: true })
    })

    it('of our own making says nothing of our insides', () => {
      const said = JSON.stringify(toProblem(new Error('password=secret in src/secret.ts')))
      expect(said).not.toContain('secret')
      expect(JSON.parse(said)).toMatchObject({ status: 500, code: 'internal', retryable: true })
      expect(toProblem(new MagpieError('store_full'))).toMatchObject({ status: 507, retryable: true })
    })
  })

  describe('a picture', () => {
    it('comes at the address that the list gives, to be kept for ever', async () => {
      const response = await get(await thumb())
      expect(response.statusCode).toBe(200)
      expect(response.headers).toMatchObject({
        'content-type': 'image/webp',
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        'content-disposition': expect.stringMatching(
          /^inline; filename="thumb-[0-9a-f]{8}\.webp"$/,
        ) as string,
      })
      expect(Number(response.headers['content-length'])).toBe(response.rawPayload.byteLength)
      expect(response.rawPayload.subarray(0, 4).toString()).toBe('RIFF')
    })

    it('that is large is streamed whole', async () => {
      const redirect = await get((await images())[0]!.variants['full']!)
      expect(redirect.statusCode).toBe(302)
      expect(redirect.headers['cache-control']).toBe('public, max-age=60')
      const response = await get(redirect.headers.location as string)
      expect(response.headers['content-type']).toBe('image/jpeg')
      expect(response.rawPayload.byteLength).toBeGreaterThan(100_000)
      expect(Number(response.headers['content-length'])).toBe(response.rawPayload.byteLength)
    })

    it('is not sent again to one who has it', async () => {
      const url = await thumb()
      const { etag } = (await get(url)).headers
      for (const tags of [etag!, `W/${etag}`, `"other", ${etag}`, '*']) {
        const response = await get(url, { headers: { 'if-none-match': tags } })
        expect([tags, response.statusCode, response.rawPayload.byteLength]).toEqual([tags, 304, 0])
        expect(response.headers.etag).toBe(etag)
      }
      expect((await get(url, { headers: { 'if-none-match': '"other"' } })).statusCode).toBe(200)
    })

    it('can be asked about without its bytes', async () => {
      const url = await thumb()
      const [head, whole] = [await get(url, { method: 'HEAD' }), await get(url)]
      expect([head.statusCode, head.rawPayload.byteLength]).toEqual([200, 0])
      for (const header of ['content-length', 'content-type', 'etag', 'cache-control'])
        expect(head.headers[header]).toBe(whole.headers[header])
    })

    it('without a version leads to the present one', async () => {
      const url = await thumb()
      const response = await get(url.replace(/\/\d+\/thumb\.webp$/, '/thumb'))
      expect([response.statusCode, response.headers.location]).toEqual([302, url])
    })
  })

  describe('the API', () => {
    it('lists catalogues, their settings and their numbers', async () => {
      expect(await json('/v1/catalogs')).toMatchObject({ catalogs: [{ name: 'shop' }] })
      expect(await json('/v1/catalogs/shop')).toMatchObject({ name: 'shop', itemKind: 'product' })
      expect(await json('/v1/catalogs/shop/stats')).toMatchObject({
        items: 2,
        images: { ready: 2, rejected: 1, failed: 1, pending: 1 },
      })
    })

    it('shows an item by our id and by its catalogue’s own key', async () => {
      const byId = await json<{ externalId: string }>(`/v1/catalogs/shop/items/${item}`)
      expect(byId).toMatchObject({ id: item, title: 'An item', failure: null })
      const long = await shop.magpie.scrape({
        url: `${shop.site.url}/${'x'.repeat(400)}`,
        page: '<p>',
        catalog: 'long',
      })
      for (const [catalog, id] of [
        ['shop', item],
        ['long', long],
      ] as const) {
        const { externalId } = await json<{ externalId: string }>(`/v1/catalogs/${catalog}/items/${id}`)
        expect(await json(`/v1/catalogs/${catalog}/items/${encodeURIComponent(externalId)}`)).toMatchObject({
          id,
        })
      }
      expect((await get(`/v1/catalogs/long/items/${item}`)).statusCode).toBe(404)
    })

    it('shows an item’s images as they are ranked, then those that are not shown, each with its reasons', async () => {
      const all = await images()
      expect(all).toMatchObject([
        { rank: 0, state: 'ready', facts: { width: 1080, height: 1440, mediaType: 'image/jpeg' } },
        { rank: 1, state: 'ready' },
        { rank: null, state: 'rejected', rejected: { reason: 'too-small' } },
        {
          ...{ rank: null, state: 'failed' },
          failure: { code: 'source_not_found', nextAttemptAt: expect.stringMatching(/^\d{4}-/) as string },
        },
      ])
      const parts = (all[0] as unknown as { parts: Record<string, number> }).parts
      expect(Object.values(parts).reduce((sum, part) => sum + part)).toBeCloseTo(all[0]!.score!, 1)
    })

    it('filters and sorts them', async () => {
      const of = async (query: string) =>
        (await images(query)).map(({ sourceUrl }) => photos.findIndex((path) => sourceUrl.endsWith(path)))
      const all = await images()
      expect(await of('?state=ready')).toEqual([0, 1])
      expect(await of('?state=failed')).toEqual([3])
      expect(await of('?hero=true')).toHaveLength(1)
      expect(await of('?hero=false')).toHaveLength(3)
      expect(await of(`?kind=${all[0]!.kind}`)).toContain(0)
      expect(await of('?minScore=100')).toEqual([])
      const byScore = (await images('?sort=score')).map(({ score }) => score ?? -1)
      expect(byScore).toEqual(byScore.toSorted((a, b) => b - a))
      expect((await of('?sort=recent')).at(-1)).toBe(3)
    })

    it('lists items page by page, to the last', async () => {
      for (let at = 0; at < 5; at++) await shop.item('paged')
      const seen: string[] = []
      let next: string | null = ''
      while (next !== null) {
        const page: { items: { id: string }[]; next: string | null } = await json(
          `/v1/catalogs/paged/items?limit=2${next && `&cursor=${next}`}`,
        )
        expect(page.items.length).toBeLessThanOrEqual(2)
        seen.push(...page.items.map(({ id }) => id))
        next = page.next
      }
      expect(seen).toEqual(seen.toSorted().reverse())
      expect(new Set(seen).size).toBe(5)
    })

    it('says whether it is alive', async () => {
      expect((await get('/healthz')).json()).toEqual({ status: 'ok' })
    })
  })

  describe('the gallery', () => {
    it('is pages that may load nothing but our pictures and their own style', async () => {
      for (const url of ['/', '/catalogs/shop', `/catalogs/shop/items/${item}`]) {
        const { headers, statusCode, body } = await get(url)
        expect([url, statusCode]).toEqual([url, 200])
        expect(headers['content-type']).toBe('text/html; charset=utf-8')
        expect(headers['content-security-policy']).toMatch(
          /^default-src 'none'; img-src 'self' data:; style-src 'sha256-/,
        )
        expect(headers['x-content-type-options']).toBe('nosniff')
        expect(body).not.toMatch(/<script|\son\w+=|javascript:/i)
      }
    })

    it('shows what pages say as words, whatever they are', async () => {
      await shop.finish()
      expect((await shop.magpie.items.find(waiting))!.item.title).toContain('<script>')
      for (const url of ['/catalogs/shop', `/catalogs/shop/items/${waiting}`]) {
        const { body } = await get(url)
        expect(body).toContain('&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)')
        expect(body).not.toContain('<script')
      }
      expect((await get(`/catalogs/shop/items/${waiting}`)).body).toContain(`alt="&quot;&gt;&lt;script&gt;`)
    })

    it('says why a picture is not shown', async () => {
      const { body } = await get(`/catalogs/shop/items/${item}`)
      expect(body).toMatch(/motorcycle-engine\.jpg <span class="soft">too-small/)
      expect(body).toMatch(/dead\.jpg <span class="soft">source_not_found/)
    })
  })
})
