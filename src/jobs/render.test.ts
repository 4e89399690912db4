import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aMagpie, haveDatabase, silent } from '../../test/given.ts'
import { readConfig } from '../config.ts'
import { openDiscovery } from '../main.ts'
import { hasty, work } from './given.suite.ts'

const shell = `<!doctype html><title>The red chair</title><div id="root"></div><script src="/app.js"></script>`
const app = `
  const root = document.getElementById('root')
  root.innerHTML = '<h1>The red chair</h1><div class="gallery" style="height:3000px"></div>'
  const gallery = root.lastChild
  for (const n of [1, 2, 3]) {
    const img = new Image(800, 600)
    img.alt = 'The red chair ' + n
    gallery.after(img)
    new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && !img.src && (img.src = '/photos/' + n + '.jpg')).observe(img)
  }
  fetch('/photos/4.jpg').then((got) => got.blob()).then((blob) => {
    root.append(Object.assign(new Image(800, 600), { src: URL.createObjectURL(blob), alt: 'The red chair 4' }))
  })`

/** A shop that is a single page, filled in by its script. */
function startShop(): Promise<{ url: string; asked: string[]; server: Server }> {
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    const answer = (type: string, body: string | Buffer) => {
      response.setHeader('content-type', type)
      response.setHeader('etag', '"always"')
      response.end(body)
    }
    if (url === '/chair') return answer('text/html', shell)
    if (url === '/app.js') return answer('text/javascript', app)
    if (url.startsWith('/photos'))
      return answer('image/gif', Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64'))
    response.statusCode = 404
    response.end()
  })
  return new Promise((started) =>
    server.listen(0, '127.0.0.1', () =>
      started({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server }),
    ),
  )
}

const never = new AbortController().signal
const photos = (url: string) => [1, 2, 3, 4].map((n) => `${url}/photos/${n}.jpg`)

describe.runIf(haveDatabase)('a page that scripts fill in', () => {
  let shop: Awaited<ReturnType<typeof startShop>>
  beforeAll(async () => void (shop = await startShop()))
  afterAll(() => void (shop.server.closeAllConnections(), shop.server.close()))

  const discover = async (settings: Record<string, string>, page?: string) => {
    const config = readConfig({ overrides: { FETCH_ALLOW_PRIVATE: '127.0.0.1', ...settings } })
    const discovery = openDiscovery(config, silent)
    try {
      return await discovery.discover(
        { url: `${shop.url}/chair`, ...(page !== undefined && { page }) },
        never,
      )
    } finally {
      await discovery.close()
    }
  }

  it('is rendered, and shows its pictures', async () => {
    const { candidates, rendering, title } = await discover({})
    expect(rendering).toEqual({ needed: 'its #root is empty until scripts fill it', done: true, hint: null })
    expect(title).toBe('The red chair')
    expect(candidates.map(({ url }) => url).sort()).toEqual(photos(shop.url))
  })

  it('shows nothing without a browser, but says why, and how to get one', async () => {
    const { candidates, rendering } = await discover({ RENDER_BROWSER: '/nowhere' })
    expect(candidates).toEqual([])
    expect(rendering).toMatchObject({ needed: 'its #root is empty until scripts fill it', done: false })
    expect(rendering!.hint).toMatch(/npm install playwright-core @sparticuz\/chromium.*\[browser_missing\]/)
  })

  it('is not rendered where that is never wanted', async () => {
    shop.asked.length = 0
    const { candidates, rendering } = await discover({ RENDER: 'never' })
    expect([candidates, rendering]).toMatchObject([[], { done: false }])
    expect(shop.asked).not.toContain('/app.js')
  })

  it('fails without a browser where it has to be rendered', async () => {
    await expect(discover({ RENDER: 'always', RENDER_BROWSER: '/nowhere' })).rejects.toMatchObject({
      code: 'browser_missing',
    })
  })

  it('is read as it stands when it was handed over, and rendered when that is asked for', async () => {
    shop.asked.length = 0
    expect(await discover({}, shell)).toMatchObject({ candidates: [], rendering: { done: false } })
    expect(shop.asked).toEqual([])
    const { candidates } = await discover({ RENDER: 'always' }, shell)
    expect(candidates.map(({ url }) => url).sort()).toEqual(photos(shop.url))
    expect(shop.asked).not.toContain('/chair')
  })

  it('becomes an item with its pictures, rendered anew each time, though its shell is unchanged', async () => {
    const magpie = await aMagpie()
    try {
      const id = await magpie.scrape({ url: `${shop.url}/chair`, catalog: 'chairs' })
      await work(magpie)
      expect((await magpie.images.ofItem(id)).map(({ url }) => url).sort()).toEqual(photos(shop.url))
      const found = await magpie.items.find(id)
      expect(found!.sourceStates[`${shop.url}/chair`]!.rendering).toMatchObject({ done: true })
      shop.asked.length = 0
      await magpie.sync({ catalog: 'chairs' })
      await work(magpie)
      expect(shop.asked).toContain('/app.js')
      expect((await magpie.items.find(id))!.failure).toBeNull()
    } finally {
      await magpie.remove()
    }
  })

  it('shows nobody else what its catalogue says to its own site, wherever its scripts lead', async () => {
    const told: { readonly at: string; readonly key: unknown }[] = []
    const listen = async (page: string) => {
      const server = createServer(({ headers, url = '' }, response) => {
        told.push({ at: `http://${headers.host}${url}`, key: headers['x-key'] })
        response.setHeader('content-type', 'text/html')
        response.end(page)
      })
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
      return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
    }
    const other = await listen('<!doctype html><p>Who are you?</p>')
    const home = await listen(
      `<!doctype html><title>A chair</title><div id="root"></div><script>location = '${other.origin}/collect'</script>`,
    )
    const magpie = await aMagpie()
    try {
      await magpie.catalogs.ensure('keyed', {
        policy: { ...hasty.policy, headers: { 'x-key': 'secret' }, robots: 'ignore', render: 'always' },
      })
      await magpie.scrape({ url: `${home.origin}/chair`, catalog: 'keyed' })
      await work(magpie)
      expect(told).toContainEqual({ at: `${home.origin}/chair`, key: 'secret' })
      expect(told).toContainEqual({ at: `${other.origin}/collect`, key: undefined })
      expect(told.filter(({ at, key }) => at.startsWith(other.origin) && key !== undefined)).toEqual([])
      // No leave was given to ask there without asking for the rules.
      expect(told).toContainEqual({ at: `${other.origin}/robots.txt`, key: undefined })
    } finally {
      await magpie.remove()
      for (const { server } of [home, other]) server.close().closeAllConnections()
    }
  })

  it('keeps its pictures when the browser is gone, and says what is missing', async () => {
    const magpie = await aMagpie()
    const url = `${shop.url}/chair`
    const id = await magpie.scrape({ url, catalog: 'chairs' })
    await work(magpie)
    await magpie.close()
    const { openMagpie } = await import('../main.ts')
    const without = await openMagpie({ ...magpie.place.config, RENDER_BROWSER: '/nowhere' }, silent)
    try {
      await without.sync({ catalog: 'chairs' })
      const ending = new AbortController()
      const working = without.work(ending.signal)
      await expect
        .poll(async () => (await without.items.find(id))!.failure, { timeout: 20_000 })
        .toMatchObject({ code: 'browser_missing' })
      ending.abort()
      await working
      expect((await without.images.ofItem(id)).filter(({ state }) => state === 'gone')).toEqual([])
    } finally {
      await without.close()
      await magpie.place.remove()
    }
  })
})
