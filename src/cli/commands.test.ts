import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aPlace, type Place } from '../../test/given.ts'
import { items } from '../../test/site/items.ts'
import { startSite, type Site } from '../../test/site/server.ts'
import { expectNoStack, run, start, type Run } from './given.suite.ts'

const lines = <T>({ out }: Run) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
const [jeans] = items

describe('the command line', () => {
  let site: Site
  let place: Place
  beforeAll(async () => {
    site = await startSite()
    place = await aPlace()
  })
  afterAll(async () => {
    await site.close()
    await place.remove()
  })
  const magpie = (...argv: string[]) => run(argv, { MAGPIE_DATA: place.folder })
  const page = () => `${site.url}/items/${jeans!.slug}`

  it.each([
    [['--help']],
    [['help', 'scrape']],
    ...['scrape', 'discover', 'serve', 'work', 'status', 'sweep'].map((name) => [[name, '--help']]),
  ])('explains itself: %j', async (argv) => {
    const { code, out, err } = await run(argv)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^Usage: magpie/)
    if (argv.length > 1) expect(out).toMatch(/Example:\n {2}\$ .*magpie/)
  })

  it('says what a status is where there is nothing yet', async () => {
    expect(await magpie('status')).toMatchObject({
      code: 0,
      out: 'There is nothing here yet. Begin with: magpie scrape URL\n',
    })
    expect(lines(await magpie('status', '--json'))).toEqual([
      { catalogs: [], failures: [], queues: [], hosts: [], workers: [], schedules: [] },
    ])
  })

  it('finds without fetching or keeping anything', async () => {
    const before = site.requests.length
    const found = await magpie('discover', page(), '--json')
    expect(found).toMatchObject({ code: 0, err: '' })
    const [{ page: from, images, records }] = lines<{
      page: string
      images: { url: string; score: number; position: number }[]
      records: unknown
    }>(found) as [never]
    expect(from).toBe(page())
    expect(records).toBeInstanceOf(Array)
    const own = jeans!.pictures.map(({ path: at }) => site.url + at)
    expect((images as { url: string }[]).map(({ url }) => url)).toEqual(expect.arrayContaining(own))
    expect((images as { position: number }[]).map(({ position }) => position)).toEqual([
      ...(images as unknown[]).keys(),
    ])
    expect(site.requests.slice(before).map(({ path: at }) => at)).toEqual([
      '/robots.txt',
      '/.well-known/tdmrep.json',
      `/items/${jeans!.slug}`,
    ])
    expect(readdirSync(place.folder)).not.toContain('discovered')
  })

  it('shows what a scrape would fetch, and fetches only the page', async () => {
    const before = site.requests.length
    const { code, out } = await magpie('scrape', page(), '--dry-run')
    expect(code).toBe(0)
    expect(out).toMatch(/\d+ images? would be fetched, of \d+ candidates/)
    const [plan] = lines<{ fetch: string[]; refused: { url: string; reason: string }[] }>(
      await magpie('scrape', page(), '--dry-run', '--json'),
    )
    expect(plan!.fetch).toEqual(expect.arrayContaining(jeans!.pictures.map(({ path: at }) => site.url + at)))
    expect(plan!.refused.map(({ url }) => url)).toContain(`${site.url}/static/logo.png`)
    expect(site.requests.slice(before).filter(({ path: at }) => at.startsWith('/photos'))).toEqual([])
  })

  it('keeps a page’s pictures, shows them in a table, and downloads nothing again', async () => {
    const first = await magpie('scrape', page())
    expect(first.code).toBe(0)
    expectNoStack(first.out + first.err)
    expect(first.out).toMatch(/rank +kind +score +size/)
    expect(first.out).toMatch(/0 +(product|lifestyle) ★ .*1080×1440.*relaxed-jeans\.jpg/)
    expect(first.out).toMatch(/1 page read; \d+ files? downloaded/)
    const again = await magpie('scrape', page())
    expect(again.code).toBe(0)
    expect(again.out).toMatch(/0 pages read, 1 unchanged; nothing downloaded: all is here already\./)
    expect(site.count('/photos/relaxed-jeans.jpg', 200)).toBe(1)
  })

  it('prints for programs one object a page, and nothing else on its output', async () => {
    const scraped = await magpie('scrape', page(), `${site.url}/items/heart-badge`, '--json')
    expect(scraped.code).toBe(0)
    expect(lines(scraped)).toMatchObject([
      {
        page: page(),
        error: null,
        images: [{ rank: 0, width: 1080, height: 1440 }, { rank: 1 }],
        waiting: 0,
      },
      {
        images: [{ rank: 0 }, { rank: 1 }],
        failed: [{ code: 'source_not_found' }, { code: 'not_an_image' }],
      },
    ])
  })

  it('writes copies without private metadata, in order', async () => {
    const to = path.join(place.folder, 'copies')
    const { code, err } = await magpie('scrape', page(), '--to', to)
    expect([code, err]).toEqual([0, expect.stringContaining(`2 pictures written to ${to}`)])
    const [folder] = readdirSync(to)
    expect(folder).toMatch(/^relaxed-jeans-in-washed-blue.*-[0-9a-f]{6}$/)
    const files = readdirSync(path.join(to, folder!)).sort()
    expect(files).toEqual([
      expect.stringMatching(/^00-\w+(-hero)?\.jpg$/),
      expect.stringMatching(/^01-\w+(-hero)?\.jpg$/),
    ])
  })

  it('reads a saved page, whose addresses are relative to its base', async () => {
    const file = path.join(place.folder, 'saved.html')
    writeFileSync(
      file,
      `<title>Caf\xe9</title><main><h1>Saved</h1><img src="photos/calla.webp" width=1200 height=798 alt="Bog arum"></main>`,
      'latin1',
    )
    const scraped = await magpie('scrape', file, '--base', `${site.url}/page`, '--json')
    expect(scraped.code).toBe(0)
    expect(lines(scraped)).toMatchObject([
      { page: `${site.url}/page`, images: [{ url: `${site.url}/photos/calla.webp`, hero: true }] },
    ])
  })

  it('keeps no more than it is told to', async () => {
    const url = `${site.url}/items/skylight-house`
    const [item] = lines<{ images: unknown[] }>(
      await magpie('scrape', url, '--max-images', '2', '--json', '--catalog', 'houses'),
    )
    expect(item!.images).toHaveLength(2)
  })

  it('counts what is here by catalogue', async () => {
    const { code, out } = await magpie('status')
    expect(code).toBe(0)
    expect(out).toMatch(/catalogue +items +pending +ready/)
    expect(out).toMatch(/^houses +1 /m)
    expect(out).toMatch(/^pages +fetch +source_not_found +1$/m)
    expect(lines(await magpie('status', 'houses', '--json'))).toMatchObject([
      { catalogs: [{ catalog: 'houses', items: 1 }] },
    ])
  })

  it('has nothing to sweep of what is in use', async () => {
    expect(await magpie('sweep', '--dry-run')).toMatchObject({
      code: 0,
      out: 'Would remove 0 images long gone, 0 originals without images, 0 unknown blobs: 0 B.\n',
    })
    expect(lines(await magpie('sweep', '--json'))).toEqual([
      { dryRun: false, goneImages: 0, assets: 0, unknownBlobs: 0, byteSize: 0 },
    ])
  })

  it('works until nothing is left to do', async () => {
    expect((await magpie('work', '--until-idle')).code).toBe(0)
  })

  it('stops when it is asked to, says that it was not finished, and goes on where it was', async () => {
    const url = `${site.url}/slow/3000/items/wrap-dress`
    const scraping = start(['scrape', url, '--catalog', 'stopped'], { MAGPIE_DATA: place.folder })
    await scraping.said('0/1 page')
    scraping.child.kill('SIGTERM')
    const stopped = await scraping.ended
    expect(stopped.code).toBe(1)
    expect(stopped.err).toContain('[interrupted]')
    expect((await magpie('work', '--until-idle')).code).toBe(0)
    const [{ catalogs }] = lines<{ catalogs: unknown }>(await magpie('status', 'stopped', '--json')) as [
      { catalogs: unknown },
    ]
    expect(catalogs).toMatchObject([{ items: 1, images: { pending: 0, ready: 2 } }])
  })
})
