import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { items } from './items.ts'
import { startSite } from './server.ts'
import type { Site } from './server.ts'

let site: Site
beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site.close())

const get = (at: string, init?: RequestInit) => fetch(site.url + at, { redirect: 'manual', ...init })
const pageOf = async (slug: string) => (await get(`/items/${slug}`)).text()
const digestOf = async (at: string) =>
  createHash('sha256')
    .update(Buffer.from(await (await get(at)).arrayBuffer()))
    .digest('hex')

describe('the sample shop', () => {
  it('lists all items, each with its thumbnail', async () => {
    const response = await get('/')
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const html = await response.text()
    for (const { slug } of items) {
      expect(html).toContain(`href="/items/${slug}"`)
      expect((await get(`/photos/thumb-${slug}.jpg`)).status).toBe(200)
    }
  })

  it.each(items.map(({ slug }) => slug))('shows %s with furniture and related items', async (slug) => {
    const html = await pageOf(slug)
    for (const part of [
      'logo.png',
      'icons-sprite.png',
      'pixel.gif?page=',
      'share-mail.png',
      'class="related"',
    ]) {
      expect(html).toContain(part)
    }
  })

  it.each(items.flatMap(({ pictures }) => pictures))('answers $path as its fate needs', async (picture) => {
    const response = await get(picture.path)
    const type = response.headers.get('content-type')!
    if (picture.fate.state === 'failed') {
      const [status, kind] =
        picture.fate.code === 'source_not_found' ? [404, 'text/html'] : [200, 'text/html']
      expect([response.status, type.split(';')[0]]).toEqual([status, kind])
      return
    }
    expect(response.status).toBe(200)
    const bytes = Buffer.from(await response.arrayBuffer())
    const { format, autoOrient } = await sharp(bytes).metadata()
    expect(type).toBe(`image/${format}`)
    expect(autoOrient).toMatchObject({ width: picture.width, height: picture.height })
    for (const other of picture.alsoAt ?? []) expect((await get(other)).status).toBe(200)
  })

  it('names nothing on a page that it cannot answer, but the one dead picture', async () => {
    const dead = new Set<string>()
    for (const { slug } of items) {
      const html = await pageOf(slug)
      const base = /<base href="([^"]+)"/.exec(html)?.[1] ?? `/items/${slug}`
      for (const [, named] of html.matchAll(/(?<!<base )(?:src|href)="([^"]+)"/g)) {
        const url = new URL(named!.replaceAll('&amp;', '&'), site.url + base)
        if (url.protocol === 'http:' && (await fetch(url)).status !== 200) dead.add(url.pathname)
      }
    }
    expect([...dead]).toEqual(['/photos/heart-badge-back.jpg'])
  })

  it('answers 304 to its own validators', async () => {
    const first = await get('/photos/relaxed-jeans.jpg')
    const etag = first.headers.get('etag')!
    const date = first.headers.get('last-modified')!
    await first.arrayBuffer()
    const at = '/photos/relaxed-jeans.jpg'
    expect((await get(at, { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect((await get(at, { headers: { 'if-modified-since': date } })).status).toBe(304)
    expect(
      (await get(at, { headers: { 'if-none-match': '"other"', 'if-modified-since': date } })).status,
    ).toBe(200)
    expect(site.count(at, 304)).toBe(2)
    expect(site.requests.findLast((one) => one.status === 304)?.bytes).toBe(0)
  })

  it('has one photo under two addresses, and one twice at two sizes', async () => {
    expect(await digestOf('/cdn/f_auto,q_80/stories-book.webp?v=2')).toBe(
      await digestOf('/photos/stories-book.webp'),
    )
    expect(await digestOf('/photos/raglan-tee-press.jpg')).not.toBe(await digestOf('/photos/raglan-tee.jpg'))
  })

  it('has a camera original that lies on its side and tells where it was taken', async () => {
    const { orientation, exif } = await sharp(
      path.join(import.meta.dirname, 'photos/IMG_0433.JPG'),
    ).metadata()
    expect(orientation).toBe(6)
    const gpsPointer = Buffer.from([0x25, 0x88])
    expect(exif!.includes(gpsPointer)).toBe(true)
    expect(exif!.includes('EX-000-1234567')).toBe(true)
  })

  it('forbids /private/ to robots, and nothing else', async () => {
    expect(await (await get('/robots.txt')).text()).toBe('User-agent: *\nDisallow: /private/\n')
    expect((await get('/private/meadow.webp')).status).toBe(200)
  })

  it('does not lead out of its folders', async () => {
    for (const at of [
      '/photos/..%2fserver.ts',
      '/photos/LICENCES.md',
      '/static/../server.ts',
      '/photos/',
      '/items/',
    ]) {
      expect((await get(at)).status).toBe(404)
    }
  })
})

describe('each page shows its pictures in a way of its own', () => {
  it.each([
    ['relaxed-jeans', /<img src="\/photos\/relaxed-jeans\.jpg" width="1080"/],
    ['slim-jeans', /srcset="[^"]+400w, [^"]+ 800w, [^"]+ 1200w" sizes=/],
    ['ankle-jeans', /<source type="image\/webp" srcset="\/photos\/ankle-jeans\.webp/],
    ['wrap-dress', /src="data:image\/gif[^"]+"[^>]*data-src="\/photos\/wrap-dress\.jpg">\s*<noscript><img/],
    ['linen-dress', /style="background-image: url\('\/photos\/linen-dress\.jpg'\)"/],
    ['linen-dress', /style="background: #eee url\(&quot;\/photos\/linen-dress-hem\.jpg&quot;\)/],
    ['cropped-tee', /<script type="application\/json"[^>]*>[^<]*"full":"\/photos\/cropped-tee\.jpg"/],
    ['cropped-tee', /window\.__STATE__ = [^<]*\\u002Fphotos\\u002Fcropped-tee-waist\.jpg/],
    ['raglan-tee', /<script type="application\/ld\+json">[^<]*"@type":"Product"[^<]*raglan-tee-collar\.jpg/],
    ['motorcycle', /<meta property="og:image" content="http:[^"]+IMG_0433\.JPG">/],
    ['motorcycle', /itemtype="https:\/\/schema\.org\/Product"[^]*itemprop="image"/],
    ['botanical-prints', /<a href="\/photos\/calla\.webp"><img src="\/photos\/calla-200\.jpg"/],
    [
      'skylight-house',
      /<base href="\/estate\/skylight\/">[^]*src="hall\.webp"[^]*src="\/\/127\.0\.0\.1:\d+\//,
    ],
    ['stories-book', /<figure><img src="\/cdn\/f_auto,q_80\/stories-book\.webp\?v=2"/],
  ])('%s', async (slug, pattern) => {
    expect(await pageOf(slug)).toMatch(pattern)
  })
})

describe('on request the shop', () => {
  const photo = '/photos/relaxed-jeans.jpg'
  const statusesOf = async (at: string, times: number) => {
    const statuses = []
    for (let time = 0; time < times; time++) statuses.push((await get(at)).status)
    return statuses
  }

  it('fails some times and then answers', async () => {
    expect(await statusesOf(`/flaky/2${photo}`, 3)).toEqual([503, 503, 200])
    expect(await statusesOf(`/busy${photo}`, 2)).toEqual([429, 200])
    expect((await get(`/busy/5${photo}`)).headers.get('retry-after')).toBe('1')
    expect(await statusesOf(`/status/410${photo}`, 2)).toEqual([410, 410])
  })

  it('is slow, and redirects', async () => {
    const started = performance.now()
    await get(`/slow/200${photo}`)
    expect(performance.now() - started).toBeGreaterThan(190)
    expect((await get(`/redirect/2${photo}`)).headers.get('location')).toBe(`/redirect/1${photo}`)
    expect((await fetch(`${site.url}/redirect/2${photo}`)).status).toBe(200)
  })

  it('breaks off', async () => {
    await expect(get(`/cut/1000${photo}`).then((response) => response.arrayBuffer())).rejects.toThrow()
  })

  it('changes a photo, and says so', async () => {
    const at = `/changing${photo}`
    const etag = (await get(at)).headers.get('etag')!
    const second = await get(at, { headers: { 'if-none-match': etag } })
    expect(second.status).toBe(200)
    const changed = { headers: { 'if-none-match': second.headers.get('etag')! } }
    expect((await get(at, changed)).status).toBe(304)
  })
})

it('every photo has its licence', async () => {
  const folder = path.join(import.meta.dirname, 'photos')
  const licences = await readFile(path.join(folder, 'LICENCES.md'), 'utf8')
  const photos = (await readdir(folder)).filter(
    (name) => name !== 'LICENCES.md' && !name.startsWith('thumb-'),
  )
  expect(photos.filter((name) => !licences.includes(`\`${name}\``))).toEqual([])
  const sizes = await Promise.all(photos.map(async (name) => (await stat(path.join(folder, name))).size))
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(4_000_000)
})
