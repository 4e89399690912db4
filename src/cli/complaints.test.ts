import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aPlace, type Place } from '../../test/given.ts'
import { startSite, type Site } from '../../test/site/server.ts'
import { expectComplaint, expectNoStack, run, start } from './given.suite.ts'

describe('the command line, when something is wrong,', () => {
  let site: Site
  let pages: Server
  let origin: string
  let place: Place
  beforeAll(async () => {
    site = await startSite()
    place = await aPlace()
    pages = createServer(({ url }, response) => {
      const body = {
        '/empty': '',
        '/blank': '  \n',
        '/pictureless': '<title>Words</title><p>Only words.</p>',
      }[url!]
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(body)
    })
    await new Promise<void>((listening) => pages.listen(0, '127.0.0.1', listening))
    origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    pages.close()
    await site.close()
    await place.remove()
  })

  /** A name that can never be; without this it would be refused unasked. */
  const lookUp = ['--allow-private', 'nowhere.invalid']
  const scrape = (...argv: string[]) => run(['scrape', ...argv, '--data', path.join(place.folder, 'data')])

  describe('with words that it does not know or cannot take', () => {
    it.each([
      [['--nonsense'], /unknown option '--nonsense'/],
      [['scrape', 'http://127.0.0.1/', '--nonsense'], /unknown option '--nonsense'/],
      [['scrap'], /unknown command 'scrap'.*\n?.*scrape/],
      [['scrape'], /missing required argument/],
      [['scrape', 'x.html', '--max-images', 'many'], /--max-images.*whole number from 1 to 10000/],
      [['scrape', 'x.html', '--max-images', '1.5'], /--max-images.*whole number/],
      [['scrape', 'x.html', '--max-images', ''], /--max-images.*whole number/],
      [['scrape', 'x.html', '--min-score', '101'], /--min-score.*0 to 100/],
      [['serve', '--port', '70000'], /--port.*0 to 65535/],
      [['sweep', '--grace', '24'], /--grace.*24h/],
      [['sweep', '--max-share', '2'], /--max-share.*0 to 1/],
    ])('says so and exits with 2: %j', async (argv, says) => {
      const { code, out, err } = await run(argv)
      expect([code, out]).toEqual([2, ''])
      expect(err).toMatch(says)
      expectNoStack(err)
    })
  })

  it('says of an address that it is none', async () => {
    const refused = await scrape('http://')
    expect(refused.code).toBe(1)
    expectComplaint(refused, 'url_invalid', /"http:\/\/" is not a valid address/)
    expectComplaint(await scrape('ftp://shop.example/a.html'), 'url_invalid', /ftp.*only http and https/)
  })

  it('says of a file that there is none, and guesses what was meant', async () => {
    expectComplaint(await scrape('nothing.html'), 'file_not_found', /There is no file "nothing\.html"/)
    expectComplaint(
      await scrape('shop.example/jeans'),
      'file_not_found',
      /write https:\/\/shop\.example\/jeans/,
    )
    expectComplaint(await scrape(place.folder), 'input_invalid', /is not a file/)
  })

  it('says of a host that there is none', async () => {
    // Where there is no name server at all, it cannot know better than that the name could not be looked up.
    const found = await run(['discover', 'http://nowhere.invalid/', ...lookUp])
    expect(found.code).toBe(1)
    expectComplaint(found, /dns_not_found|dns_failed/, /nowhere\.invalid/)
  })

  it('says of a page why it cannot be read, and exits with 1', async () => {
    const faults = [
      [`${site.url}/status/404/page`, 'source_not_found', 'answered 404'],
      [`${site.url}/photos/calla.webp`, 'not_html', 'calla.webp'],
      [`${site.url}/private/page`, 'robots_disallowed', 'robots.txt'],
      [`${origin}/empty`, 'body_empty|page_empty', 'empty'],
      [`${origin}/blank`, 'page_empty', 'is empty'],
    ] as const
    const { code, out, err } = await scrape(...faults.map(([url]) => url))
    expect(code).toBe(1)
    expectNoStack(out + err)
    for (const [url, error, says] of faults) {
      const [of] = out.slice(out.indexOf(`\n${url}\n`)).split('(no title)')
      expect(of).toMatch(new RegExp(`could not be read: [^]*\\[(${error})\\]`))
      expect(of).toContain(says)
    }
  })

  it('says of a page without pictures that it has none, and of one whose pictures are not kept why not', async () => {
    const none = await scrape(`${origin}/pictureless`)
    expect(none.code).toBe(1)
    expect(none.out).toMatch(/no images found: the page names no picture/)

    const file = path.join(place.folder, 'furniture.html')
    writeFileSync(
      file,
      '<main><img src="/photos/motorcycle-engine.jpg" width=900 height=900 alt="The item"><img src="/status/404/x.jpg" width=900 height=900 alt="The item"></main>',
    )
    const unfit = await scrape(file, '--base', `${site.url}/item`)
    expect(unfit.code).toBe(1)
    expect(unfit.out).toMatch(/no images kept: 2 candidates, 1 rejected, 1 failed/)
    expect(unfit.out).toMatch(/rejected +too-small: .*motorcycle-engine\.jpg.* 240×180/)
    expect(unfit.out).toMatch(/failed .*\[source_not_found\], again at .*\d\d:\d\d$/m)
  })

  it('goes on with the other pages when one cannot be read, and still says that not all went well', async () => {
    const { code, out } = await scrape(
      `${site.url}/status/404/page`,
      `${site.url}/items/heart-badge`,
      '--json',
    )
    expect(code).toBe(1)
    const [bad, good] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { error: unknown; images: unknown[] })
    expect(bad).toMatchObject({ error: { code: 'source_not_found' }, images: [] })
    expect(good).toMatchObject({ error: null, images: [{ hero: true }, { rank: 1 }] })
  })

  it('says of a catalogue’s name what it may be', async () => {
    expectComplaint(
      await scrape(`${origin}/pictureless`, '--catalog', 'Two Words'),
      'input_invalid',
      /name: must be lower-case/,
    )
    expectComplaint(
      await run(['status', 'none', '--data', place.folder]),
      'catalog_not_found',
      /no catalogue "none"/,
    )
  })

  it('says of a data folder that it cannot be written to', async () => {
    const file = path.join(place.folder, 'a-file')
    writeFileSync(file, '')
    const { code, ...refused } = await run([
      'scrape',
      `${origin}/pictureless`,
      '--data',
      path.join(file, 'data'),
    ])
    expect(code).toBe(1)
    expectComplaint({ code, ...refused }, 'data_folder_unwritable', /a-file\/data cannot be written to/)
  })

  it.each([['status'], ['jobs'], ['hosts'], ['schedules'], ['catalog', 'list']])(
    'says of a data folder that there is none to look at, and makes none: %s %s',
    async (...argv) => {
      const folder = path.join(place.folder, 'misspelt')
      const refused = await run([...argv, '--data', folder])
      expect([refused.code, refused.out, existsSync(folder)]).toEqual([1, '', false])
      expectComplaint(refused, 'file_not_found', /no data folder .*misspelt.*\n.*magpie scrape/)
    },
  )

  it('says of an embedded database that is damaged which it is, and what can be done', async () => {
    const folder = path.join(place.folder, 'damaged')
    mkdirSync(path.join(folder, 'database'), { recursive: true })
    writeFileSync(path.join(folder, 'database/PG_VERSION'), 'nonsense')
    const refused = await run(['status', '--data', folder])
    expect(refused.code).toBe(1)
    expectComplaint(refused, 'database_unavailable', /damaged\/database cannot be opened: .*\n.*restore/)
    expect(refused.err).not.toContain('DATABASE_URL')
  })

  it('says of a data folder by whom it is in use and how to reach them, and leaves it alone', async () => {
    const folder = path.join(place.folder, 'in-use')
    const serving = start(['serve', '--port', '0', '--data', folder], { LOG_LEVEL: 'silent' })
    const [, url] = /serves at (http:\S+)/.exec(await serving.said('Magpie serves at http'))!
    const refused = await run(['status', '--data', folder])
    expect(refused.code).toBe(1)
    expectComplaint(
      refused,
      'data_folder_in_use',
      new RegExp(`in use by process \\d+ \\(magpie serve [^)]*\\)[^]*Use it at ${url}`),
    )
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    serving.child.kill('SIGTERM')
    expect((await serving.ended).code).toBe(0)
    expect((await run(['status', '--data', folder])).code).toBe(0)
  })

  it('says of a port that it is in use, and of an address that it is not ours', async () => {
    const data = ['--data', path.join(place.folder, 'port')]
    expectComplaint(
      await run(['serve', '--port', String(site.port), ...data]),
      'address_in_use',
      `Port ${site.port}`,
    )
    expectComplaint(
      await run(['serve', '--host', '192.0.2.1', '--port', '0', ...data]),
      'address_unavailable',
      '192.0.2.1',
    )
  })

  it('says of a setting which it is, what it was and what it may be', async () => {
    const refused = await run(['status'], { WORK_CONCURRENCY: '0' })
    expect(refused.code).toBe(1)
    expectComplaint(refused, 'setting_invalid', /WORK_CONCURRENCY must be at least 1, got "0"/)
  })

  it('says of a database which one cannot be reached', async () => {
    const refused = await run(['status'], { DATABASE_URL: 'postgres://magpie:secret@127.0.0.1:1/shop' })
    expectComplaint(refused, 'database_unavailable', '127.0.0.1:1/shop')
    expect(refused.err).not.toContain('secret')
  })

  it('says of a database that is no PostgreSQL that it is none', async () => {
    const refused = await run(['status'], { DATABASE_URL: 'mysql://magpie:secret@127.0.0.1/shop' })
    expectComplaint(refused, 'setting_invalid', /DATABASE_URL must begin with postgres:.*got mysql:/)
    expect(refused.err).not.toContain('secret')
  })

  it('says of a folder for copies that it cannot be written to', async () => {
    mkdirSync(path.join(place.folder, 'copies'))
    const file = path.join(place.folder, 'copies/file')
    writeFileSync(file, '')
    for (const to of [path.join(file, 'pictures'), '/proc/magpie/pictures']) {
      const refused = await scrape(`${site.url}/items/relaxed-jeans`, '--to', to)
      expect(refused.code).toBe(1)
      expectComplaint(refused, 'folder_unwritable', to)
    }
  })

  it('says all that it knows, with the stack, when it is asked to', async () => {
    const { err } = await run(['status', 'none', '--verbose', '--data', place.folder])
    expect(err).toMatch(/\[catalog_not_found\]\n[^]*\n\s+at .+:\d+:\d+/)
  })
})
