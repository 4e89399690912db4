import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import type { ErrorCode } from '../errors.ts'
import { aCatalogRoom, asset, candidate, freshness, refused, type CatalogRoom } from './given.suite.ts'
import type { ItemId } from './ids.ts'

describe.runIf(haveDatabase)('recording what a discovery found', () => {
  let room: CatalogRoom
  let item: ItemId
  beforeAll(async () => {
    room = await aCatalogRoom()
  })
  afterAll(() => room.remove())
  beforeEach(async () => {
    item = await room.anItem()
  })

  const urlsToAsk = async (...candidates: Parameters<CatalogRoom['record']>[1]) =>
    (await room.record(item, candidates)).toIngest.map(({ url }) => url)
  const states = async () =>
    Object.fromEntries((await room.images.ofItem(item)).map(({ url, state }) => [url.slice(-5, -4), state]))
  const only = async () => (await room.images.ofItem(item))[0]!
  const failWith = async (code: ErrorCode) => {
    const { id } = await only()
    await room.inTransaction((tx) =>
      room.images.fail(tx, id, { stage: 'fetch', code, message: code, nextAttemptInMs: null }),
    )
  }

  it('makes images of new candidates, in the page’s order, all to be asked for', async () => {
    const recorded = await room.record(item, [candidate(0), candidate(1, { refused }), candidate(2)])
    expect(recorded).toMatchObject({ fresh: 0, refused: 1, gone: 0 })
    expect(recorded.toIngest.map(({ url }) => url.slice(-5))).toEqual(['0.jpg', '2.jpg'])
    const images = await room.images.ofItem(item)
    expect(images.map(({ position, state }) => [position, state])).toEqual([
      [0, 'pending'],
      [1, 'rejected'],
      [2, 'pending'],
    ])
    expect(images[1]).toMatchObject({ verdict: refused, assetId: null, fetchedAt: null })
    expect(recorded.toIngest.map(({ id }) => id)).toEqual([images[0]!.id, images[2]!.id])
  })

  it('keeps the image where its place, words and spelling on the page have changed', async () => {
    await room.record(item, [candidate(0), candidate(1)])
    const [first] = await room.images.ofItem(item)
    const moved = { position: 1, altText: 'now described', url: 'https://shop.example/0.jpg?utm_source=x' }
    await room.record(item, [candidate(1, { position: 0 }), candidate(0, moved)])
    const images = await room.images.ofItem(item)
    expect(images).toHaveLength(2)
    expect(images[1]).toMatchObject({ ...moved, id: first!.id })
  })

  it('takes two spellings of one address for one image, where the first of them stands', async () => {
    const other = candidate(3, { normalUrl: candidate(0).normalUrl })
    expect(await urlsToAsk(candidate(0), candidate(1), other)).toEqual([candidate(0).url, candidate(1).url])
    expect((await room.images.ofItem(item)).map(({ position }) => position)).toEqual([0, 1])
  })

  it('marks what a page no longer shows as gone, once', async () => {
    await room.record(item, [candidate(0), candidate(1)])
    expect((await room.record(item, [candidate(1)])).gone).toBe(1)
    expect(await states()).toEqual({ 0: 'gone', 1: 'pending' })
    const [gone] = await room.images.ofItem(item)
    expect((await room.record(item, [candidate(1)])).gone).toBe(0)
    expect((await room.images.ofItem(item))[0]).toEqual(gone)
  })

  it('marks nothing as gone on a page that suddenly shows nothing at all', async () => {
    await room.record(item, [candidate(0), candidate(1)])
    expect(await room.record(item, [])).toMatchObject({ gone: 0, toIngest: [] })
    expect(await states()).toEqual({ 0: 'pending', 1: 'pending' })
  })

  it('asks for what reappears, under its old id', async () => {
    await room.record(item, [candidate(0), candidate(1)])
    const { id } = await only()
    await room.show(await room.image(id), asset('a'))
    await room.record(item, [candidate(1)])
    expect(await urlsToAsk(candidate(0), candidate(1))).toContain(candidate(0).url)
    expect(await only()).toMatchObject({ id, state: 'pending' })
    // Its bytes are still known, to ask the source whether they have changed.
    expect((await room.images.findToIngest(id))!.held).toMatchObject({ validators: { etag: '"1"' } })
  })

  it('does not ask about what is held and fresh', async () => {
    await room.record(item, [candidate(0)])
    await room.show(await only(), asset('a'))
    expect(await room.record(item, [candidate(0)])).toMatchObject({ toIngest: [], fresh: 1 })
    expect(await states()).toEqual({ 0: 'ready' })
  })

  it('asks about what was held for too long, and shows it meanwhile', async () => {
    await room.record(item, [candidate(0)])
    await room.show(await only(), asset('a'))
    await room.age(freshness.freshForMs + 1_000)
    expect(await urlsToAsk(candidate(0))).toEqual([candidate(0).url])
    expect(await only()).toMatchObject({ state: 'stale', assetId: asset('a').id })
  })

  it('asks again for what still waits, as its job may be lost', async () => {
    await room.record(item, [candidate(0)])
    expect(await urlsToAsk(candidate(0))).toEqual([candidate(0).url])
    expect(await states()).toEqual({ 0: 'pending' })
  })

  it('does not ask again for what failed in a way that will not pass, until it is due', async () => {
    await room.record(item, [candidate(0)])
    await failWith('source_not_found')
    expect(await urlsToAsk(candidate(0))).toEqual([])
    expect(await states()).toEqual({ 0: 'failed' })
    await room.age(freshness.freshForMs + 1_000)
    expect(await urlsToAsk(candidate(0))).toEqual([candidate(0).url])
    expect(await states()).toEqual({ 0: 'pending' })
  })

  it('asks again for what failed in passing', async () => {
    await room.record(item, [candidate(0)])
    await failWith('source_busy')
    expect(await urlsToAsk(candidate(0))).toEqual([candidate(0).url])
    expect(await states()).toEqual({ 0: 'pending' })
  })

  it('does not ask again for what was refused by its bytes, until it is due', async () => {
    await room.record(item, [candidate(0)])
    const image = await only()
    const rejected = { verdict: refused, assetId: null, validators: null }
    await room.inTransaction((tx) => room.images.reject(tx, image, rejected))
    expect(await urlsToAsk(candidate(0))).toEqual([])
    await room.age(freshness.freshForMs + 1_000)
    expect(await urlsToAsk(candidate(0))).toEqual([candidate(0).url])
  })

  it('asks for what was refused unseen as soon as it is no longer refused', async () => {
    await room.record(item, [candidate(0, { refused })])
    expect(await urlsToAsk(candidate(0))).toEqual([candidate(0).url])
    expect(await states()).toEqual({ 0: 'pending' })
  })

  it('takes thousands of candidates, and addresses longer than an index takes', async () => {
    const long = `https://shop.example/${'x'.repeat(8_000)}`
    const many = Array.from({ length: 1_200 }, (_, at) =>
      candidate(at, at === 7 ? { url: long, normalUrl: long } : {}),
    )
    expect((await room.record(item, many)).toIngest).toHaveLength(1_200)
    expect((await room.record(item, many.slice(0, 1))).gone).toBe(1_199)
  })

  it('takes words that no database takes, such as NUL and half of a surrogate pair', async () => {
    const words = {
      altText: 'a\0b\ud800c',
      context: '\0',
      expected: { score: 60, kind: 'product', reasons: ['alt "\0\ud800"'] },
    } as const
    await room.record(item, [candidate(0, words)])
    expect(await only()).toMatchObject({
      altText: 'a\ufffdb\ufffdc',
      expected: { reasons: ['alt "\ufffd\ufffd"'] },
    })
  })
})
