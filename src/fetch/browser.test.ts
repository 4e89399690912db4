import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { readSettings } from '../settings.ts'
import { openBrowser, type Browser, type Rendered } from './browser.ts'
import { fetchSettings } from './fetch-settings.ts'
import type { Resolve } from './guarded-connector.ts'
import { anyPolicy, errorOf, fetcherFor, never, picture, site, type Site } from './local-server.suite.ts'
import { renderSettings } from './render-settings.ts'

const opened: Browser[] = []
afterEach(() => Promise.all(opened.splice(0).map((browser) => browser.close())))

/** A browser that may reach the given hosts. */
function browserFor(
  hosts: readonly string[],
  settings: Record<string, string> = {},
  resolve?: Resolve,
): Browser {
  const values = readSettings(
    { ...fetchSettings, ...renderSettings },
    { FETCH_ALLOW_PRIVATE: hosts.join(','), ...settings },
  )
  const browser = openBrowser(values, undefined, resolve ? { resolve } : {})
  opened.push(browser)
  return browser
}

const unasked = async (): Promise<never> => expect.unreachable('the page goes nowhere')

const render = (browser: Browser, url: string, html: string): Promise<Rendered> =>
  browser.render({ url, html, page: unasked }, never)

/** A gallery that scripts fill in: ten lazy pictures, a background by a style sheet, one picture as a blob. */
const shell = `<!doctype html><title>Shop</title><link rel="stylesheet" href="/app.css"><div id="root"></div><script src="/app.js"></script>`
const app = `
  const root = document.getElementById('root')
  const watch = new IntersectionObserver((met) => {
    for (const { target, isIntersecting } of met)
      if (isIntersecting) target.src = target.dataset.at, watch.unobserve(target)
  })
  fetch('/api').then((got) => got.json()).then(async ({ pictures }) => {
    for (const at of pictures) {
      const img = Object.assign(document.createElement('img'), { alt: 'The red chair' })
      img.width = 800
      img.height = 900
      img.dataset.at = at
      root.append(img)
      watch.observe(img)
    }
    root.append(Object.assign(document.createElement('div'), { className: 'hero' }))
    const blob = await (await fetch('/photos/blob.jpg')).blob()
    root.append(Object.assign(document.createElement('img'), { src: URL.createObjectURL(blob) }))
  })`

const shop = () =>
  site(({ url }, response) => {
    const type = (name: string) => response.setHeader('content-type', name)
    if (url === '/app.js') return (type('text/javascript'), response.end(app))
    if (url === '/app.css')
      return (type('text/css'), response.end('.hero { height: 90px; background: url(/photos/hero.jpg) }'))
    if (url === '/api')
      return (
        type('application/json'),
        response.end(JSON.stringify({ pictures: [...Array(10).keys()].map((n) => `/photos/${n}.jpg`) }))
      )
    if (url?.startsWith('/photos')) return (type('image/gif'), response.end(picture))
    response.statusCode = 404
    response.end()
  })

describe('rendering a page', () => {
  it('shows what scripts fill in, also what is loaded only when it comes into view', async () => {
    const { origin, host, asked } = await shop()
    const rendered = await render(browserFor([host]), `${origin}/`, shell)
    expect(rendered.limits).toEqual([])
    for (let at = 0; at < 10; at++) expect(rendered.html).toContain(`src="/photos/${at}.jpg"`)
    expect(rendered.html).toMatch(
      /class="hero" style="background-image:url\(&quot;http[^"]+\/photos\/hero\.jpg/,
    )
    expect(rendered.pictures).toContainEqual({ url: `${origin}/photos/blob.jpg`, isPicture: true })
    expect(asked.map(({ url }) => url).sort()).toEqual(['/api', '/app.css', '/app.js', '/photos/blob.jpg'])
  })
})

/** A page in which a script does something, and says so in the document when it has. */
const doing = (script: string) =>
  `<!doctype html><title>A page</title><p id=said>nothing</p><script>
    const say = (text) => (said.textContent = String(text))
    ${script}
  </script>`

describe('what a page may reach while it is rendered', () => {
  const stranger = () =>
    site((_, response) => {
      response.setHeader('access-control-allow-origin', '*')
      response.end('secret')
    })

  it.each([
    ['a script', (at: string) => `<script src="${at}/a.js"></script>`],
    ['a style sheet', (at: string) => `<link rel=stylesheet href="${at}/a.css">`],
    ['an import of a style sheet', (at: string) => `<style>@import url(${at}/a.css)</style>`],
    ['a picture', (at: string) => `<img src="${at}/a.jpg">`],
    ['a frame', (at: string) => `<iframe src="${at}/"></iframe>`],
    ['a frame in a frame', (at: string) => `<iframe srcdoc="<iframe src='${at}/'></iframe>"></iframe>`],
    ['an object', (at: string) => `<object data="${at}/"></object><embed src="${at}/">`],
    ['a film', (at: string) => `<video src="${at}/a.mp4" poster="${at}/a.jpg"></video>`],
    ['a hint', (at: string) => `<link rel=preconnect href="${at}"><link rel=prefetch href="${at}/">`],
    ['a preload', (at: string) => `<link rel=preload as=fetch crossorigin href="${at}/">`],
    [
      'a font',
      (at: string) => `<style>@font-face{font-family:a;src:url(${at}/a)}p{font-family:a}</style><p>A`,
    ],
    ['fetch', (at: string) => doing(`fetch('${at}/').then((got) => got.text()).then(say)`)],
    ['an opaque fetch', (at: string) => doing(`fetch('${at}/', { mode: 'no-cors' }).then(say)`)],
    ['a beacon', (at: string) => doing(`navigator.sendBeacon('${at}/', 'x')`)],
    ['an event source', (at: string) => doing(`new EventSource('${at}/').onmessage = say`)],
    ['a WebSocket', (at: string) => doing(`new WebSocket('${at.replace('http', 'ws')}/').onopen = say`)],
    [
      'a worker',
      (at: string) =>
        doing(`const from = (text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
          new Worker(from("fetch('${at}/').then((got) => got.text()).then(postMessage)")).onmessage = ({ data }) => say(data)
          new Worker(from("new WebSocket('${at.replace('http', 'ws')}/').onopen = postMessage"))
          new Worker(from("importScripts('${at}/')"))`),
    ],
    [
      'a form',
      (at: string) => doing(`document.write('<form id=f method=post action="${at}/"></form>'); f.submit()`),
    ],
    ['a window', (at: string) => doing(`open('${at}/')`)],
    [
      'a download',
      (at: string) =>
        doing(`Object.assign(document.createElement('a'), { href: '${at}/', download: 'a' }).click()`),
    ],
  ])('is no private address, by %s', async (_, html) => {
    const own = await site((_, response) => response.end())
    const other = await stranger()
    const { html: shown } = await render(browserFor([own.host]), `${own.origin}/`, html(other.origin))
    expect(shown).not.toContain('secret')
    expect(other.asked.map(({ url }) => url)).toEqual([])
  })

  it('is another host that may be fetched from', async () => {
    const own = await site((_, response) => response.end())
    const other = await stranger()
    const html = doing(`fetch('${other.origin}/').then((got) => got.text()).then(say)`)
    const { html: shown } = await render(browserFor([own.host, other.host]), `${own.origin}/`, html)
    expect(shown).toContain('secret')
  })

  it('is no private address that a redirect leads to', async () => {
    const other = await stranger()
    const own = await site((_, response) => {
      response.writeHead(302, { location: `${other.origin}/`, 'access-control-allow-origin': '*' }).end()
    })
    const html =
      `<script src="/a.js"></script><link rel=stylesheet href="/a.css"><iframe src="/frame"></iframe>` +
      doing(`fetch('/api').then((got) => got.text()).then(say)`)
    const { html: shown } = await render(browserFor([own.host]), `${own.origin}/`, html)
    expect(own.asked.map(({ url }) => url)).toEqual(
      expect.arrayContaining(['/a.js', '/a.css', '/frame', '/api']),
    )
    expect(shown).not.toContain('secret')
    expect(other.asked).toEqual([])
  })

  it('is what our own look-up says of a name, at the moment of the connection', async () => {
    const other = await stranger()
    const own = await site(({ url }, response) => response.end(`here is ${url}`))
    const port = (of: Site) => of.host.split(':')[1]
    const looked: string[] = []
    const resolve: Resolve = async (name) => {
      looked.push(name)
      // Its second answer is another: a name that is bound anew.
      const isSecond = looked.filter((one) => one === name).length > 1
      const address = name.startsWith('own') || !isSecond ? '127.0.0.1' : '127.0.0.2'
      return [{ address, family: 4 }]
    }
    const at = `http://own.shop.example:${port(own)}`
    const html =
      doing(`Promise.allSettled(['${at}/a', 'http://other.shop.example:${port(other)}/'].map((url) =>
      fetch(url).then((got) => got.text()))).then((all) => say(JSON.stringify(all.map(({ value }) => value ?? 'refused'))))`)
    const browser = browserFor([`own.shop.example:${port(own)}`], {}, resolve)
    const { html: shown } = await render(browser, `${at}/`, html)
    expect(shown).toContain('["here is /a","refused"]')
    expect(looked).toEqual(expect.arrayContaining(['own.shop.example', 'other.shop.example']))
    expect(other.asked).toEqual([])
  })

  it('is no host of our own network from a page of the open web, even one that we may fetch from', async () => {
    const intranet = await stranger()
    const html = doing(`fetch('${intranet.origin}/').then((got) => got.text()).then(say)`)
    const { html: shown } = await render(browserFor([intranet.host]), 'http://shop.example.com/', html)
    expect(shown).toContain('nothing')
    expect(intranet.asked).toEqual([])
  })

  it('is nothing by UDP', async () => {
    const heard: Buffer[] = []
    const socket = createSocket('udp4').on('message', (message) => heard.push(message))
    await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound))
    const at = `127.0.0.1:${socket.address().port}`
    const own = await site((_, response) => response.end())
    const html = doing(`
      const tries = [
        () => new RTCPeerConnection({ iceServers: [{ urls: 'stun:${at}' }] }),
        () => document.body.appendChild(document.createElement('iframe')).contentWindow.RTCPeerConnection.name,
        () => new WebTransport('https://${at}/'),
      ]
      const from = (text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
      new Worker(from("new WebTransport('https://${at}/').ready.catch(() => 0)"))
      say(tries.map((go) => { try { return go() && 'done' } catch { return 'refused' } }))`)
    const { html: shown } = await render(browserFor([own.host, at]), `${own.origin}/`, html)
    socket.close()
    expect(shown).toContain('refused,refused,refused')
    expect(heard).toEqual([])
  })

  it('is asked without credentials, under a name that says who we are', async () => {
    const own = await site((_, response) => {
      response.setHeader('set-cookie', 'id=1')
      response.end()
    })
    const browser = browserFor([own.host], { FETCH_CONTACT: 'mailto:me@shop.example' })
    const html = '<script src="/a.js"></script>'
    await render(browser, `${own.origin}/`, html)
    await render(browser, `${own.origin}/`, html)
    expect(own.asked).toHaveLength(2)
    for (const { headers } of own.asked) {
      expect(headers.cookie).toBeUndefined()
      expect(headers.authorization).toBeUndefined()
      expect(headers['user-agent']).toMatch(/compatible; Magpie\/\S+ \(\+mailto:me@shop\.example\)/)
    }
  })
})

describe('where a page goes by itself', () => {
  it('is fetched as all pages are, also through a redirect', async () => {
    const own = await site(({ url }, response) => {
      response.setHeader('content-type', 'text/html')
      if (url === '/next') response.writeHead(302, { location: '/last' }).end()
      else
        response.end(
          '<!doctype html><title>Last</title><p>arrived at <script>document.write(location.pathname)</script>',
        )
    })
    const fetcher = fetcherFor([own.host]).under(anyPolicy)
    const rendered = await browserFor([own.host]).render(
      {
        url: `${own.origin}/`,
        html: '<script>location.href = "/next"</script>',
        page: async (url, signal) => (await fetcher.page(url, null, signal))!,
      },
      never,
    )
    expect(rendered.url).toBe(`${own.origin}/last`)
    expect(rendered.html).toContain('arrived at')
    expect(own.asked.map(({ url }) => url)).toEqual(['/next', '/last'])
    expect(own.asked[0]!.headers['user-agent']).toMatch(/^Magpie/)
  })
})

describe('the limits of rendering', () => {
  const quiet = () => site((_, response) => response.end())

  it.each([
    ['never rests', doing(`setInterval(() => fetch('/again'), 20); say('there')`)],
    ['never stops computing', doing(`say('there'); setTimeout(() => { for (;;); }, 100)`)],
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
