import { createSocket } from 'node:dgram'
import { describe, expect, it } from 'vitest'
import { browserFor, doing, render, shell, shop } from './browser/browser.suite.ts'
import type { Resolve } from './guarded-connector.ts'
import { anyPolicy, fetcherFor, never, site, type Site } from './local-server.suite.ts'

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

  it('is read even when it goes there late', async () => {
    const own = await site((_, response) => response.end())
    const page = async (url: string) => ({ url, html: doing(`say('arrived')`) })
    const html = doing(`setTimeout(() => (location.href = '/next'), 600)`)
    const rendered = await browserFor([own.host]).render({ url: `${own.origin}/`, html, page }, never)
    expect(rendered.html).toContain('arrived')
  })

  it.each([
    ['refuses to be fetched', doing(`say('there'); setTimeout(() => (location.href = '/next'), 500)`)],
    ['never ends', doing(`say('there'); setTimeout(() => location.reload(), 200)`)],
  ])('is left where it is when that %s', async (_, html) => {
    const own = await site((_, response) => response.end())
    const rendered = await render(browserFor([own.host]), `${own.origin}/`, html)
    expect(rendered.html).toContain('there')
  })
})
