import type { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorOf, never, site } from '../local-server.suite.ts'
import { allowedHosts } from '../public-addresses.ts'
import { browserFor, doing, render, shell, shop, unasked } from './browser.suite.ts'
import { launch } from './launch.ts'
import type { RenderMeans } from './means.ts'
import { renderPage } from './render-page.ts'

describe('the limits of rendering', () => {
  const quiet = () => site(({ url }, response) => void (url !== '/hang' && response.end()))

  it.each([
    ['never rests', doing(`setInterval(() => fetch('/again'), 20); say('there')`)],
    ['never stops computing', doing(`say('there'); setTimeout(() => { for (;;); }, 100)`)],
    ['waits for a script that never comes', `<p>there</p><script src="/hang"></script>`],
    ['computes again and again', doing(`say('there'); setInterval(() => { for (;;); }, 1)`)],
    ['asks questions', doing(`alert('hello'); confirm('sure?'); print(); say('there')`)],
    [
      'never stops growing',
      doing(`say('there'); setInterval(() => document.body.append(document.createElement('div')), 1)`),
    ],
  ])('of a page that %s, what is there after its time is used', async (_, html) => {
    const own = await quiet()
    const since = performance.now()
    const rendered = await render(
      browserFor([own.host], { RENDER_TIMEOUT_MS: '3000' }),
      `${own.origin}/`,
      html,
    )
    expect(performance.now() - since).toBeLessThan(12_000)
    expect(rendered.html).toContain('there')
  })

  it('a page makes no more requests than it may', async () => {
    const own = await quiet()
    const html = doing(`for (let at = 0; at < 50; at++) fetch('/' + at); say('there')`)
    const rendered = await render(
      browserFor([own.host], { RENDER_MAX_REQUESTS: '10' }),
      `${own.origin}/`,
      html,
    )
    expect(rendered.limits).toEqual(['requests'])
    expect(own.asked.length).toBeLessThanOrEqual(10)
  })

  it('a page downloads no more than it may', async () => {
    const chunk = Buffer.alloc(65_536, 'x')
    const own = await site((_, response) => {
      const more = () => void (!response.destroyed && response.write(chunk, more))
      more()
    })
    const html = doing(`fetch('/endless').then((got) => got.text()).catch(() => say('cut off'))`)
    const rendered = await render(
      browserFor([own.host], { RENDER_MAX_BYTES: '1000000' }),
      `${own.origin}/`,
      html,
    )
    expect(rendered.limits).toContain('bytes')
    expect(rendered.html).toContain('cut off')
  })

  it('a document is written down no further than a page may be long', async () => {
    const own = await quiet()
    const html = doing(`document.body.append('x'.repeat(100000))`)
    const rendered = await render(
      browserFor([own.host], { FETCH_MAX_PAGE_BYTES: '5000' }),
      `${own.origin}/`,
      html,
    )
    expect(rendered.limits).toEqual(['size'])
    expect(rendered.html.length).toBe(5000)
  })

  it.runIf(process.platform === 'linux')('a page that eats memory ends alone', async () => {
    const own = await quiet()
    const browser = browserFor([own.host], { RENDER_MAX_MEMORY: '200000000' })
    const hungry = doing(`const all = []; setInterval(() => all.push(new Uint8Array(30e6).fill(1)), 20)`)
    const [eaten, other] = await Promise.all([
      errorOf(render(browser, `${own.origin}/`, hungry)),
      render(browser, `${own.origin}/`, doing(`setTimeout(() => say('there'), 300)`)),
    ])
    expect(eaten).toMatchObject({ code: 'render_failed', details: { setting: 'RENDER_MAX_MEMORY' } })
    expect(other.html).toContain('there')
  })

  it('an aborted rendering ends with its reason', async () => {
    const own = await quiet()
    const ending = new AbortController()
    const browser = browserFor([own.host])
    const rendering = browser.render(
      { url: `${own.origin}/`, html: doing(`setInterval(() => fetch('/'), 20)`), page: unasked },
      ending.signal,
    )
    setTimeout(() => ending.abort(new Error('enough')), 1500)
    await expect(rendering).rejects.toThrow('enough')
  })
})

describe('one browser for all pages', () => {
  it('renders several at once, and no more than it may', async () => {
    const { origin, host } = await shop()
    const browser = browserFor([host])
    const pages = await Promise.all([1, 2, 3].map((n) => render(browser, `${origin}/${n}`, shell)))
    for (const { html } of pages) expect(html).toContain('src="/photos/9.jpg"')
  })

  it.runIf(process.platform === 'linux')(
    'is started again when it was killed in the middle of a page',
    async () => {
      const { origin, host } = await shop()
      const browser = browserFor([host])
      await render(browser, `${origin}/`, shell)
      const rendering = render(browser, `${origin}/`, doing(`setTimeout(() => say('there'), 2000)`))
      await new Promise((soon) => setTimeout(soon, 700))
      for (const pid of browsers()) process.kill(pid, 'SIGKILL')
      expect((await rendering).html).toContain('<p id="said">')
    },
  )

  it('has nothing left on it of the pages that it rendered', async () => {
    const chromium = await launch(null, undefined)
    const listeners = () => (chromium as unknown as EventEmitter).listenerCount('disconnected')
    try {
      const before = listeners()
      const means: RenderMeans = {
        document: async (url) => ({ url, html: '<p>there</p>' }),
        userAgent: () => 'a browser',
        allowed: allowedHosts([]),
        rules: { maxLength: 8192, isListed: () => false },
        ...{ connectTimeoutMs: 1000, timeoutMs: 5000, maxMemory: 1e9 },
        ...{ maxRequests: 10, maxBytes: 1e6, maxSize: 1e6 },
        refused: () => undefined,
      }
      const page = { url: 'http://shop.example.com/', html: '<p>there</p>', page: unasked }
      for (let at = 0; at < 2; at++) {
        const { html } = await renderPage(chromium, page, means, never)
        expect(html).toContain('there')
        expect(listeners()).toBe(before)
      }
    } finally {
      await chromium.close()
    }
  })

  it.runIf(process.platform === 'linux')('is left when it does not answer to a new page', async () => {
    const own = await site((_, response) => void response.end())
    const browser = browserFor([own.host])
    await render(browser, `${own.origin}/`, shell)
    const stopped = browsers()
    for (const pid of stopped) process.kill(pid, 'SIGSTOP')
    try {
      const since = performance.now()
      const page = { url: `${own.origin}/`, html: shell, page: unasked }
      const ending = AbortSignal.timeout(500)
      await expect(browser.render(page, ending)).rejects.toThrow(/timeout/)
      expect(performance.now() - since).toBeLessThan(5000)
    } finally {
      for (const pid of stopped) process.kill(pid, 'SIGCONT')
    }
  })

  it('that is not there is said, with how to get one', async () => {
    const error = await errorOf(
      render(browserFor([], { RENDER_BROWSER: '/nowhere/chromium' }), 'http://shop.example.com/', shell),
    )
    expect(error).toMatchObject({ code: 'browser_missing' })
    expect(error.remedy).toMatch(/npm install playwright-core @sparticuz\/chromium/)
  })
})

/** The browsers that this very process has started. */
const browsers = () =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .filter((pid) => /chrom/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')))
