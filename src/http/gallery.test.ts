import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser } from '../../test/browser.ts'
import { haveDatabase, onServer, until } from '../../test/given.ts'
import { aShop, hasty } from '../jobs/given.suite.ts'
import { serveHttp, type Served } from './serve.ts'

// The pages are the same on both databases; one browser is enough.
describe.runIf(haveDatabase && !onServer)('the gallery in a browser', () => {
  const shop = aShop()
  let browser: Browser
  let served: Served
  beforeAll(async () => {
    await shop.magpie.catalogs.ensure('shop', hasty)
    const slugs = ['relaxed-jeans', 'stories-book', 'heart-badge']
    const ids = []
    for (const slug of slugs)
      ids.push(await shop.magpie.scrape({ url: `${shop.site.url}/items/${slug}`, catalog: 'shop' }))
    await shop.finish()
    served = await serveHttp(shop.magpie, { host: '127.0.0.1', port: 0 })
    browser = await startBrowser()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await served?.close()
  })

  /** A page that notes whatever the browser complains of, and what it asks of others than us. */
  const open = async (path: string, options: Parameters<Browser['newPage']>[0] = {}) => {
    const page = await browser.newPage(options)
    const complaints: string[] = []
    page.on(
      'console',
      (message) => void (['error', 'warning'].includes(message.type()) && complaints.push(message.text())),
    )
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`))
    page.on(
      'response',
      (response) =>
        void (response.status() >= 400 && complaints.push(`${response.status()}: ${response.url()}`)),
    )
    page.on(
      'request',
      (request) =>
        void (
          /^(data|http:\/\/127\.0\.0\.1)/.test(request.url()) || complaints.push(`asked: ${request.url()}`)
        ),
    )
    await page.goto(served.url + path)
    return { page, complaints }
  }
  /** All pictures on the page are loaded, and so many there are. */
  const seen = async (page: Page, many: number) => {
    const widths = `[...document.querySelectorAll('.card img')].map((img) => img.complete && img.naturalWidth)`
    await until(async () => {
      const all = await page.evaluate<(number | false)[]>(widths)
      return all.length === many && all.every((width) => width !== false && width > 0)
    })
  }

  it('leads from the catalogues to an item’s pictures, all of which are seen', async () => {
    const { page, complaints } = await open('/')
    await page.click('a[href="/catalogs/shop"]')
    const cards = page.locator('li.card')
    expect(await cards.count()).toBe(3)
    await seen(page, 3)
    expect(await cards.locator('strong').allTextContents()).toEqual(
      expect.arrayContaining([expect.stringContaining('The Stories Book')]) as string[],
    )

    await page.getByRole('link', { name: 'Relaxed jeans' }).last().click()
    await page.waitForSelector('h1:has-text("Relaxed jeans")')
    await seen(page, 2)
    expect(await page.locator('.chip.hero').count()).toBe(1)
    expect(await page.locator('.card img').first().getAttribute('alt')).toBe(
      'Relaxed jeans in washed blue, worn with white trainers',
    )

    await page.getByRole('link', { name: 'full size' }).first().click()
    await page.waitForURL(/\/full\.jpg$/)
    expect(await page.evaluate('document.images[0].naturalWidth')).toBe(1080)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('is laid out for a telephone too, and in the dark', async () => {
    const { page, complaints } = await open('/catalogs/shop', {
      viewport: { width: 360, height: 740 },
      colorScheme: 'dark',
    })
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(21, 24, 27)')
    expect(complaints).toEqual([])
    await page.close()
  })
})
