import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { items } from '../../test/site/items.ts'
import { aShop, hasty } from '../jobs/given.suite.ts'
import { version } from '../version.ts'
import { expectComplaint, expectNoStack, runOn } from './given.suite.ts'

const [jeans] = items
const example = path.join(import.meta.dirname, '../../examples/catalog.yaml')
const dead = '/status/404/photos/dead.jpg'

describe('the command line, on what is here already,', () => {
  const shop = aShop()
  const magpie = (...argv: readonly string[]) => runOn(shop.magpie, ...argv)
  const json = async <T>(...argv: readonly string[]): Promise<T> =>
    JSON.parse((await magpie(...argv, '--json')).out) as T
  beforeAll(async () => {
    await shop.magpie.catalogs.ensure('shop', hasty)
  })

  it.each([
    ...['catalog', 'sync', 'retry', 'jobs', 'hosts', 'schedules'].map((name) => [[name]]),
    ...['apply', 'list', 'show', 'remove'].map((name) => [['catalog', name]]),
    ...['show', 'retry', 'cancel'].map((name) => [['jobs', name]]),
    [['hosts', 'resume']],
  ])('explains itself: %j', async (command) => {
    const { code, out, err } = await magpie(...command, '--help')
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(new RegExp(`^Usage: magpie ${command.join(' ')}`))
    expect(out).toMatch(/Example:\n {2}\$ .*magpie/)
  })

  it('says which version it is', async () => {
    expect(await magpie('--version')).toMatchObject({ code: 0, out: `${version}\n` })
  })

  it('offers private hosts where something is fetched, and takes them everywhere', async () => {
    expect((await magpie('sync', '--help')).out).toContain('--allow-private')
    for (const command of [['status'], ['jobs'], ['jobs', 'retry'], ['catalog', 'show']])
      expect((await magpie(...command, '--help')).out).not.toContain('--allow-private')
    expect((await magpie('hosts', '--allow-private', 'nas')).code).toBe(0)
    expect((await magpie('sweep', '--help')).out).toMatch(/\(default:\s+24h\)/)
  })

  describe('with catalogues', () => {
    const file = (name: string, text: string) => {
      const at = path.join(shop.magpie.place.folder, name)
      writeFileSync(at, text)
      return at
    }

    it('applies the example, and applied twice it changes nothing', async () => {
      expect((await magpie('schedules')).out).toMatch(/^Nothing comes by the clock/)
      expect(await magpie('catalog', 'apply', example)).toMatchObject({
        ...{ code: 0, out: 'The catalogue "jeans" is made.\n' },
      })
      expect((await magpie('catalog', 'apply', example)).out).toMatch(/is as it was, nothing changed/)
      expect(await json('catalog', 'show', 'jeans')).toMatchObject({
        ...{ keep: { maxImages: 10 }, policy: { preset: 'batch-5-500ms', requestsPerHour: 2000 } },
        ...{ store: 'disk', freshness: { freshForMs: 604_800_000 } },
      })
      expect((await magpie('catalog', 'list')).out).toMatch(
        /^jeans +product .* 0 2 \* \* \* \(America\/Toronto\)$/m,
      )
      expect((await magpie('schedules')).out).toMatch(/^jeans\/sync +0 2 \* \* \* +America\/Toronto +– +\S/m)
    })

    it('shows a catalogue as a file that can be applied, and says what a changed one changes', async () => {
      const shown = (await magpie('catalog', 'show', 'jeans')).out
      expect((await magpie('catalog', 'apply', file('shown.yaml', shown))).out).toMatch(/nothing changed/)
      const changed = file('changed.yaml', shown.replace('maxImages: 10', 'maxImages: 12'))
      expect((await magpie('catalog', 'apply', changed)).out).toBe(
        'The catalogue "jeans" is changed: keep.\n',
      )
      const asJson = file('jeans.json', JSON.stringify(await json('catalog', 'show', 'jeans')))
      expect((await magpie('catalog', 'apply', asJson)).out).toMatch(/nothing changed/)
    })

    it.each([
      ['name: x\nkeep: { maxImages: many }', 'input_invalid', /keep\.maxImages: .*number.*got "many"/],
      ['name: x\nkeeep: 1', 'input_invalid', /Unrecognized key: "keeep", known are itemKind/],
      ['name: [\n', 'input_invalid', /bad\.yaml is neither YAML nor JSON: .*line/],
      ['- name: x', 'input_invalid', /must have one catalogue/],
      ['keep: {}', 'input_invalid', /name: must be text, got nothing/],
      ['name: x\nschedules: { sync: { cron: 0 2 * * 9 } }', 'input_invalid', /0 2 \* \* 9/],
    ])('says what is wrong with %j', async (text, code, what) => {
      const refused = await magpie('catalog', 'apply', file('bad.yaml', text))
      expect([refused.code, refused.out]).toEqual([1, ''])
      expectComplaint(refused, code, what)
    })

    it('says of a file and of a catalogue that there is none', async () => {
      expectComplaint(await magpie('catalog', 'apply', 'none.yaml'), 'file_not_found', /none\.yaml/)
      expectComplaint(await magpie('catalog', 'show', 'none'), 'catalog_not_found', /"none"/)
      expectComplaint(await magpie('catalog', 'remove', 'none'), 'catalog_not_found', /"none"/)
    })

    it('removes one with all that is in it, having said what if it is asked', async () => {
      await shop.item('going', '/photos/calla.webp')
      const plan = await magpie('catalog', 'remove', 'going', '--dry-run')
      expect(plan.out).toMatch(/^Would remove the catalogue "going" with 1 item and 1 image;/)
      expect((await magpie('catalog', 'remove', 'going')).out).toMatch(/^Removed /)
      expect((await magpie('catalog', 'show', 'going')).code).toBe(1)
      await shop.finish()
    })
  })

  describe('with syncs and retries', () => {
    it('has a catalogue read again, by others or by itself', async () => {
      const url = `${shop.site.url}/items/${jeans!.slug}`
      const id = await shop.magpie.scrape({ url, catalog: 'shop' })
      await shop.finish()
      expect((await magpie('sync', 'shop')).out).toBe('1 item to be read again; "magpie work" does it.\n')
      const waited = await magpie('sync', 'shop', '--wait')
      expect([waited.code, waited.out]).toEqual([
        0,
        expect.stringMatching(/^1 of 1 item finished: 2 ready, \d+ rejected, 0 failed\.\n$/),
      ])
      expect(await json('sync', 'shop', '--item', url, '--wait')).toMatchObject({
        ...{ items: 1, progress: { items: 1, finished: 1, images: { ready: 2 } } },
      })
      expect((await magpie('sync', 'shop', '--item', id, '--limit', '1')).code).toBe(0)
      await shop.finish()
      expectComplaint(await magpie('sync', 'shop', '--item', 'none'), 'item_not_found', /no item "none"/)
      expectComplaint(await magpie('sync', 'none'), 'catalog_not_found', /"none"/)
      expect(await magpie('sync', 'jeans', '--wait')).toMatchObject({ code: 0 })
    })

    it('ends with 1 when a page cannot be read, and says when it is read again', async () => {
      await shop.magpie.scrape({ url: `${shop.site.url}/status/404/page`, catalog: 'unread' })
      const { code, out } = await magpie('sync', 'unread', '--wait')
      expect(code).toBe(1)
      expect(out).toMatch(/^1 of 1 item finished: 1 item could not be read, .*, again at .*\d\d:\d\d\.\n/)
    })

    it('asks again for what failed, follows it, and ends with 1 while it still fails', async () => {
      await shop.item('failing', dead, '/photos/calla.webp')
      await shop.finish()
      const plan = await magpie('retry', 'failing', '--reason', 'source_not_found', '--dry-run')
      expect(plan.out).toBe('Would ask again for 1 failed image and 0 unread items.\n')
      expect(await json('retry', 'failing', '--reason', 'dns_failed')).toEqual({
        ...{ dryRun: false, images: 0, items: 0 },
      })
      const before = shop.site.count(dead, 404)
      const retried = await magpie('retry', 'failing', '--wait')
      expect(retried.code).toBe(1)
      expect(retried.out).toMatch(/1 ready, .* 1 failed, again at .*\d\d:\d\d\.\n/)
      expect(shop.site.count(dead, 404)).toBe(before + 1)
      expect((await magpie('retry', 'failing')).out).toMatch(/^1 failed image and 0 unread items to be asked/)
      await shop.finish()
      expectComplaint(await magpie('retry', 'none'), 'catalog_not_found', /"none"/)
    })

    it('works until what is left is to be done much later, and says how much that is and until when', async () => {
      await shop.item('later', '/photos/meadow.webp', dead)
      const { code, err } = await magpie('work', '--until-idle')
      expect(code).toBe(0)
      expect(err).toMatch(/\n\d+ jobs? waits? for later, the first until .*\d\d:\d\d\.\n$/)
      expect(await json('status', 'later')).toMatchObject({
        catalogs: [{ images: { pending: 0, ready: 1, failed: 1 } }],
      })
    })
  })

  describe('with jobs and hosts', () => {
    const waiting = ['jobs', '--state', 'retry', '--kind', 'ingest-image', '--reason', 'source_not_found']

    it('lists jobs, and shows one with its history and what it is about', async () => {
      expect((await magpie('jobs', '--state', 'active')).out).toBe('There are no such jobs.\n')
      const listed = await magpie(...waiting)
      expect(listed.out).toMatch(/^job +kind +state +errors +when +host +last error$/m)
      expect(listed.out).toMatch(/ingest-image +retry +1 .* 127\.0\.0\.1:\d+ +source_not_found: /)
      const { jobs } = await json<{ jobs: { id: string }[] }>(...waiting, '--limit', '1')
      expect((await magpie(...waiting, '--limit', '1')).err).toMatch(/There are more: .*--cursor \S+\n/)
      const shown = await magpie('jobs', 'show', jobs[0]!.id)
      expect(shown.out).toMatch(/^image +\S+ +failed\n.*dead\.jpg\nerrors\n {2}\S.* source_not_found: /m)
      expect(await json('jobs', 'show', jobs[0]!.id)).toMatchObject({ image: { state: 'failed' } })
      expectComplaint(await magpie('jobs', 'show', 'none'), 'job_not_found', /no job "none"/)
    })

    it('says of a job that cannot be done that nobody cancelled it', async () => {
      await shop.magpie.scrape({ url: 'http://10.0.0.1/', catalog: 'shop' })
      await shop.finish()
      const { out } = await magpie('jobs', '--reason', 'address_private')
      expect(out).toMatch(/discover-item +cancelled \(cannot be done\) .*address_private: /)
    })

    it('cancels and brings back jobs, one by one or by what they have in common', async () => {
      const { jobs } = await json<{ jobs: { id: string }[] }>(...waiting)
      const [id] = jobs.map((job) => job.id)
      expect((await magpie('jobs', 'cancel', id!)).out).toBe('1 job cancelled.\n')
      expect((await magpie('jobs', 'show', id!)).out).toMatch(/^state +cancelled \(by hand\)$/m)
      const some = await magpie('jobs', 'cancel', id!, 'none')
      expect([some.code, some.out]).toEqual([1, '0 jobs cancelled.\n'])
      expectComplaint(some, 'input_invalid|job_not_found', /is cancelled; only jobs that wait/)
      expect((await magpie('status')).out).toMatch(/^\w+ +fetch +job_cancelled +1$/m)
      expect(await json('jobs', 'retry', id!)).toEqual({ count: 1, ids: [id] })
      // It is due by now, and waits for a worker only.
      expect(await magpie('jobs', 'retry', id!)).toMatchObject({
        ...{ code: 0, out: '1 job to be done now; "magpie work" does it.\n' },
      })
      const all = await magpie('jobs', 'retry', '--reason', 'source_not_found', '--kind', 'ingest-image')
      expect(all.out).toMatch(/^\d+ jobs? to be done now; "magpie work" does it\.\n$/)
      await shop.finish()
    })

    it.each([
      [['jobs', 'retry']],
      [['jobs', 'cancel', 'one', '--reason', 'dns_failed']],
      [['jobs', '--reason', 'bad_luck']],
      [['jobs', '--state', 'odd']],
      [['retry', 'shop', '--limit', '0']],
      [['catalog', 'odd']],
      [['hosts', 'odd']],
    ])('says of words that it cannot take: %j', async (argv) => {
      const { code, out, err } = await magpie(...argv)
      expect([code, out]).toEqual([2, ''])
      expect(err).toMatch(/^error: |Usage/m)
      expectNoStack(err)
    })

    it('lists hosts, and resumes only one that is paused', async () => {
      expect((await magpie('hosts')).out).toMatch(/^127\.0\.0\.1:\d+ +0 +\d+ %/m)
      const { code, err } = await magpie('hosts', 'resume', 'shop.example')
      expect([code, err]).toEqual([1, expect.stringContaining('shop.example is not paused')])
    })

    it('says in one look what there is, what waits, and what comes by the clock', async () => {
      const { code, out } = await magpie('status')
      expect(code).toBe(0)
      expect(out).toMatch(/^job +waiting +due since +next due +active +dead letters +cancelled$/m)
      expect(out).toMatch(/^ingest-image +\d+ +– +.*\d\d:\d\d +0 +0 +\d+$/m)
      expect(out).toMatch(/^jeans\/sync /m)
      expect(out).not.toContain('Of all catalogues')
      const one = (await magpie('status', 'jeans')).out
      expect(one).toMatch(/\njeans +\d[^]*\njeans\/sync [^]*\nOf all catalogues together:\n\njob +waiting/)
      expect(await json('status')).toMatchObject({
        queues: expect.arrayContaining([expect.objectContaining({ kind: 'ingest-image' })]) as unknown,
        schedules: [{ name: 'jeans/sync', nextRunAt: expect.any(String) as string }],
      })
    })
  })
})
