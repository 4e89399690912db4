import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aPlace, haveDatabase, type Place } from '../../test/given.ts'
import { startSite, type Site } from '../../test/site/server.ts'
import { openLog } from '../log.ts'
import { openMagpie } from '../main.ts'
import { hasty, work } from './given.suite.ts'
import type { Magpie } from './magpie.ts'

/** A line of the log, as somebody reads it. */
interface Line {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

const secret = 's3cr3t'
const pictures = [
  '/photos/relaxed-jeans.jpg',
  `/photos/motorcycle-engine.jpg?width=900&access_token=${secret}`,
  '/status/404/photos/missing.jpg',
  '/status/403/photos/forbidden.jpg',
]

describe.runIf(haveDatabase)('the work, watched', () => {
  const lines: Line[] = []
  let text: string
  let site: Site
  let place: Place
  let magpie: Magpie
  let images: Awaited<ReturnType<Magpie['images']['ofItem']>>

  beforeAll(async () => {
    if (!haveDatabase) return
    site = await startSite()
    // However busy the machine: who waits for a host's turn is not to come again, or there are more attempts to count.
    place = await aPlace({ HOSTS_WAIT_MS: '60000' })
    const log = openLog(
      { LOG_LEVEL: 'debug' },
      { write: (line) => void lines.push(JSON.parse(line) as Line) },
    )
    magpie = await openMagpie(place.config, log)
    await magpie.catalogs.ensure('shop', hasty)
    const page = `<title>Item</title><main><h1>Item</h1>${pictures
      .map((at) => `<img src="${site.url}${at}" width="900" height="1200" alt="The item">`)
      .join('')}</main>`
    const item = await magpie.scrape({ url: `${site.url}/page`, page, catalog: 'shop' })
    await work(magpie)
    images = await magpie.images.ofItem(item)
    text = await magpie.metrics.text()
  })
  afterAll(async () => {
    await magpie?.close()
    await place?.remove()
    await site?.close()
  })

  /** The value of a series, given as it is written. */
  const valueOf = (series: string) => {
    const line = text.split('\n').find((one) => one.startsWith(`${series} `))
    return line === undefined ? null : Number(line.slice(series.length + 1))
  }

  it.each([
    ['completed', '', 2],
    ['retried', 'source_not_found', 1],
    ['cancelled', 'source_forbidden', 1],
  ])('counts how attempts ended: %s %s', (outcome, code, count) => {
    const ended = `magpie_jobs_ended_total{kind="ingest-image",outcome="${outcome}",code="${code}"}`
    expect(valueOf(ended)).toBe(count)
  })

  it.each([
    ['ready', '', 1],
    ['rejected', 'too-small', 1],
    ['retrying', 'source_not_found', 1],
    ['failed', 'source_forbidden', 1],
  ])('counts what became of images: %s %s', (outcome, code, count) => {
    expect(valueOf(`magpie_images_total{outcome="${outcome}",code="${code}"}`)).toBe(count)
  })

  it.each([
    ...(['find', 'turn', 'fetch', 'record'] as const).map((stage) => [stage, 4] as const),
    ...(['inspect', 'assess'] as const).map((stage) => [stage, 2] as const),
    ...(['store'] as const).map((stage) => [stage, 1] as const),
  ])('times each stage once for each attempt that comes to it: %s', (stage, count) => {
    const of = `{kind="ingest-image",stage="${stage}"}`
    expect(valueOf(`magpie_stage_duration_seconds_count${of}`)).toBe(count)
    expect(valueOf(`magpie_stage_duration_seconds_sum${of}`)).toBeGreaterThanOrEqual(0)
  })

  it('counts requests by what was answered, and bytes by where they went', () => {
    const sent = site.requests.reduce((sum, { bytes }) => sum + bytes, 0)
    const held = images.reduce((sum, { asset }) => sum + (asset?.facts.byteSize ?? 0), 0)
    const requests = text
      .match(/^magpie_source_requests_total\{.*\} \d+$/gm)!
      .map((line) => Number(line.split(' ').at(-1)))
    expect(requests.reduce((sum, one) => sum + one)).toBe(site.requests.length)
    expect(valueOf('magpie_source_requests_total{status="403",code="source_forbidden"}')).toBe(1)
    expect(valueOf('magpie_fetches_total{what="image",outcome="fetched",code=""}')).toBe(2)
    expect(valueOf('magpie_fetches_total{what="image",outcome="failed",code="source_not_found"}')).toBe(1)
    expect(valueOf('magpie_fetched_bytes_total')).toBeLessThanOrEqual(sent)
    expect(valueOf('magpie_fetched_bytes_total')).toBeGreaterThanOrEqual(held)
    expect(valueOf('magpie_stored_bytes_total{store="disk"}')).toBe(held)
    expect(valueOf('magpie_store_operation_duration_seconds_count{store="disk",operation="put"}')).toBe(1)
  })

  it('tells how the queue is from the tables', () => {
    expect(valueOf('magpie_jobs{kind="ingest-image",state="completed"}')).toBe(2)
    expect(valueOf('magpie_jobs{kind="ingest-image",state="retry"}')).toBe(1)
    expect(valueOf('magpie_database_up')).toBe(1)
    expect(valueOf('magpie_jobs_running{kind="ingest-image"}')).toBe(0)
  })

  it('puts no address, no host and no id into a label', () => {
    const words = [
      '127.0.0.1',
      'http',
      '/photos',
      secret,
      ...images.flatMap(({ id, itemId }) => [id, itemId]),
    ]
    const labels = [...text.matchAll(/\{(.*)\}/g)].map(([, inside]) =>
      inside!.replaceAll(/method="\w+"/g, ''),
    )
    expect(labels.filter((label) => words.some((word) => label.includes(word)))).toEqual([])
  })

  it('has every line about a job say which, of what kind, about what, and who does it', () => {
    const begun = lines.find(({ msg }) => msg === 'the work begins')!
    const ofJobs = lines.filter(({ msg }) => /^(an attempt|fetched|not fetched)/.test(msg))
    expect(ofJobs.length).toBeGreaterThanOrEqual(2 * pictures.length)
    for (const line of ofJobs) {
      expect(line).toMatchObject({ worker: begun['worker'], job: expect.any(String) as string })
      expect(line).toHaveProperty(line['kind'] === 'ingest-image' ? 'imageId' : 'itemId')
    }
  })

  it('has the lines of other rooms say it too, with what was found out on the way', () => {
    const fetched = lines.filter(({ msg }) => msg === 'fetched' || msg === 'not fetched')
    expect(fetched).toHaveLength(pictures.length)
    const ids = new Set(images.map(({ id }) => id))
    for (const line of fetched) {
      expect(ids).toContain(line['imageId'])
      expect(line).toMatchObject({ itemId: images[0]!.itemId, host: new URL(site.url).host })
    }
  })

  it('tells of failed attempts at info and of all others at debug', () => {
    const failed = lines.filter(({ msg }) => msg === 'an attempt failed')
    expect(failed.map(({ level, ...line }) => [level, line['code']]).sort()).toEqual([
      [30, 'source_forbidden'],
      [30, 'source_not_found'],
    ])
    const ended = lines.filter(({ msg }) => msg === 'an attempt ended')
    expect(new Set(ended.map(({ level }) => level))).toEqual(new Set([20]))
    expect(ended).toContainEqual(expect.objectContaining({ outcome: 'cancelled', code: 'source_forbidden' }))
  })

  it('shows no secret of an address', () => {
    expect(site.requests.some(({ path }) => path.includes(secret))).toBe(true)
    expect(JSON.stringify(lines)).toContain('access_token=…')
    expect(JSON.stringify(lines)).not.toContain(secret)
  })
})
