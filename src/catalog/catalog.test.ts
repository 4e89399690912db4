import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import { aCatalogRoom, accepted, asset, candidate, type CatalogRoom } from './given.suite.ts'
import { isId, newId } from './ids.ts'
import { listItems } from './listing.ts'

let room: CatalogRoom
beforeAll(async () => {
  if (haveDatabase) room = await aCatalogRoom()
})
afterAll(() => room?.remove())

describe.runIf(haveDatabase)('catalogues', () => {
  it('are made once, with the defaults where nothing else is said', async () => {
    const made = await room.catalogs.ensure('cars', { itemKind: 'vehicle' })
    expect(made).toMatchObject({ name: 'cars', itemKind: 'vehicle', store: 'disk', order: 'source' })
    expect(await room.catalogs.ensure('cars', { itemKind: 'property' })).toEqual(made)
    expect(await room.catalogs.get('cars')).toEqual(made)
    expect((await room.catalogs.list()).map(({ name }) => name)).toContain('cars')
  })

  it.each(['', 'Two Words', '../up', 'ä', 'x'.repeat(64)])(
    'refuse the name "%s", and say why',
    async (name) => {
      await expect(room.catalogs.ensure(name)).rejects.toMatchObject({
        code: 'input_invalid',
        message: expect.stringMatching(/name: must be lower-case/) as string,
      })
    },
  )

  it('have all their settings set at once, and those that are not given to their defaults', async () => {
    await room.inTransaction((tx) => room.catalogs.save(tx, 'set', { order: 'score', itemKind: 'vehicle' }))
    await room.inTransaction((tx) => room.catalogs.save(tx, 'set', { itemKind: 'property' }))
    expect(await room.catalogs.get('set')).toMatchObject({ itemKind: 'property', order: 'source' })
  })

  it('go with all that is in them', async () => {
    const item = await room.anItem('gone')
    await room.record(item, [candidate(0)])
    expect(await room.inTransaction((tx) => room.catalogs.remove(tx, 'gone'))).toBe(true)
    expect(await room.items.find(item)).toBeNull()
    expect(await room.inTransaction((tx) => room.catalogs.remove(tx, 'gone'))).toBe(false)
  })

  it('say so where there is none of the name', async () => {
    await expect(room.catalogs.get('nothing')).rejects.toMatchObject({ code: 'catalog_not_found' })
  })

  it('that an older version wrote have the defaults of what came since', async () => {
    await sql`insert into catalogs (name, settings) values ('old', '{"itemKind": "other"}')`.execute(room.db)
    expect(await room.catalogs.get('old')).toMatchObject({
      itemKind: 'other',
      hotlink: 'never',
      keep: { maxImages: 100 },
    })
  })
})

describe.runIf(haveDatabase)('items', () => {
  const found = { url: 'https://shop.example/', state: { etag: '"1"', readBy: 'page-1' } }
  const save = (item: Partial<Parameters<CatalogRoom['items']['save']>[1]>) =>
    room.inTransaction((tx) =>
      room.items.save(tx, { catalog: 'items', externalId: 'A', sources: [], ...item }),
    )
  beforeAll(async () => {
    await room.catalogs.ensure('items')
  })

  it('are one under their catalogue’s key, however often they are saved', async () => {
    const id = await save({ title: 'Jeans' })
    expect(await save({ sources: [{ kind: 'page', url: 'https://shop.example/' }] })).toBe(id)
    expect((await room.items.find(id))!.item).toMatchObject({ title: 'Jeans', sources: [{ kind: 'page' }] })
    expect((await room.items.findByExternalId('items', 'A'))!.item.id).toBe(id)
    expect(await room.items.findByExternalId('other', 'A')).toBeNull()
  })

  it('are called what their catalogue calls them, else what their page does', async () => {
    const named = await save({ externalId: 'named', title: 'Jeans' })
    const nameless = await save({ externalId: 'nameless' })
    for (const id of [named, nameless])
      await room.inTransaction((tx) =>
        room.items.recordDiscovery(tx, id, { ...found, title: 'Page \0 title' }),
      )
    expect((await room.items.find(named))!.item.title).toBe('Jeans')
    expect((await room.items.find(nameless))!.item.title).toBe('Page \ufffd title')
  })

  it('have limits of their own over those of their catalogue', async () => {
    const id = await save({ externalId: 'limited', keep: { maxImages: 3 } })
    expect((await room.items.find(id))!.catalog.keep).toMatchObject({ maxImages: 3, minScore: 20 })
  })

  it('keep their last failure until their page can be read again', async () => {
    const id = await save({ externalId: 'failing' })
    await room.inTransaction((tx) =>
      room.items.recordFailure(tx, id, {
        code: 'source_error',
        message: 'status\0 500',
        nextAttemptInMs: null,
      }),
    )
    expect((await room.items.find(id))!.failure).toMatchObject({
      code: 'source_error',
      message: 'status\ufffd 500',
    })
    await room.inTransaction((tx) => room.items.recordDiscovery(tx, id, { ...found, title: null }))
    expect(await room.items.find(id)).toMatchObject({
      failure: null,
      sourceStates: { [found.url]: found.state },
    })
  })

  it('count as finished once they are arranged or given up, and not by what was before', async () => {
    const [arranged, failed, waiting] = [
      await save({ externalId: 'p1' }),
      await save({ externalId: 'p2' }),
      await save({ externalId: 'p3' }),
    ]
    const finish = () =>
      room.inTransaction(async (tx) => {
        await room.items.recordUnchanged(tx, arranged)
        await room.items.recordArranged(tx, arranged)
        await room.items.recordFailure(tx, failed, {
          code: 'source_error',
          message: '',
          nextAttemptInMs: null,
        })
      })
    await finish()
    const since = await room.items.now()
    const progress = () => room.items.progress([arranged, failed, waiting], since)
    expect(await progress()).toEqual({
      ...{ items: 3, finished: 0, unreadable: 0 },
      ...{ waiting: 0, images: {}, nextAttemptAt: null },
    })
    // What an earlier run left to be arranged says nothing of this one, which has not read its page yet.
    await room.inTransaction((tx) => room.items.recordArranged(tx, arranged))
    expect(await progress()).toMatchObject({ finished: 0 })
    await finish()
    expect(await progress()).toMatchObject({ finished: 2, unreadable: 1 })
  })
})

describe.runIf(haveDatabase)('the list of items', () => {
  it('shows each item once, newest first, while others come', async () => {
    const ids = []
    for (let at = 0; at < 7; at++) ids.unshift(await room.anItem('listed'))
    const seen = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof listItems>> = await listItems(room.db, 'listed', {
        cursor,
        limit: 3,
      })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next
      await room.anItem('listed')
    } while (cursor !== null)
    expect(seen).toEqual(ids)
  })

  it('tells items apart that were saved in the same instant', async () => {
    const all = [await room.anItem('instant'), await room.anItem('instant'), await room.anItem('instant')]
    await sql`update items set created_at = '2026-01-01' where catalog = 'instant'`.execute(room.db)
    const seen = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof listItems>> = await listItems(room.db, 'instant', {
        cursor,
        limit: 1,
      })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== null)
    expect(seen.sort()).toEqual(all.sort())
  })

  it('ends where the last page is full', async () => {
    await room.anItem('full')
    expect(await listItems(room.db, 'full', { cursor: null, limit: 1 })).toMatchObject({ next: null })
  })

  it('shows the hero, or else the first picture that there is', async () => {
    const item = await room.anItem('heroes')
    await room.record(item, [candidate(0), candidate(1)])
    const shown = async () => (await listItems(room.db, 'heroes', { cursor: null, limit: 1 })).items[0]!
    expect(await shown()).toMatchObject({ hero: null, images: { pending: 2 } })
    const [one, two] = await room.images.ofItem(item)
    await room.show(two!, asset('hero two'))
    expect((await shown()).hero).toEqual({ id: two!.id, version: 1 })
    await room.show(one!, asset('hero one'))
    expect((await shown()).hero).toEqual({ id: one!.id, version: 1 })
    const lead = { id: two!.id, rank: 1, verdict: accepted({ hero: true }) }
    await room.inTransaction((tx) => room.images.place(tx, item, [lead]))
    expect(await shown()).toMatchObject({ hero: { id: two!.id }, images: { ready: 2 } })
  })

  it.each([
    '',
    'nonsense',
    ...[
      ['2026', newId()],
      ['2026-01-01T00:00:00.000000Z', '-'.repeat(36)],
      ['2026-99-01T00:00:00.000000Z', newId()],
      [null, null],
    ].map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url')),
  ])('refuses the cursor "%s", which it has not given', async (cursor) => {
    await expect(listItems(room.db, 'heroes', { cursor, limit: 1 })).rejects.toMatchObject({
      code: 'input_invalid',
    })
  })
})

describe.runIf(haveDatabase)('the numbers', () => {
  it('equal a recount', async () => {
    const [one, two, unread] = [
      await room.anItem('counted'),
      await room.anItem('counted'),
      await room.anItem('counted'),
    ]
    await room.record(one, [candidate(0), candidate(1), candidate(2), candidate(3)])
    await room.record(two, [candidate(0), candidate(1)])
    const [a, b, c] = await room.images.ofItem(one)
    const [d, gone] = await room.images.ofItem(two)
    await room.show(a!, asset('shared', 500), { score: 30 })
    await room.show(d!, asset('shared', 500), { score: 60 })
    await room.show(b!, asset('own', 5_000_000_000), { score: 90 })
    await room.inTransaction(async (tx) => {
      await room.images.fail(tx, c!.id, {
        stage: 'fetch',
        code: 'source_not_found',
        message: '',
        nextAttemptInMs: null,
      })
      await room.images.markGone(tx, gone!.id)
      await room.items.recordFailure(tx, unread, { code: 'not_html', message: '', nextAttemptInMs: null })
    })
    expect((await room.stats.catalogs()).find(({ catalog }) => catalog === 'counted')).toEqual({
      catalog: 'counted',
      items: 3,
      unreadable: 1,
      images: { pending: 1, ready: 3, stale: 0, rejected: 0, failed: 1, gone: 1 },
      averageScore: 60,
      byteSize: 5_000_000_500,
    })
    expect((await room.stats.failures()).filter(({ catalog }) => catalog === 'counted')).toEqual([
      { catalog: 'counted', stage: 'discover', code: 'not_html', count: 1 },
      { catalog: 'counted', stage: 'fetch', code: 'source_not_found', count: 1 },
    ])
  })

  it('of an empty catalogue are noughts', async () => {
    await room.catalogs.ensure('empty')
    expect((await room.stats.catalogs()).find(({ catalog }) => catalog === 'empty')).toMatchObject({
      items: 0,
      averageScore: null,
      byteSize: 0,
      images: { ready: 0 },
    })
  })
})

describe('ids', () => {
  it('are UUIDs of version 7, in the order in which they were made', () => {
    const ids = [1, 2, 3].map((at) => newId(Date.UTC(2026, 0, at)))
    expect(ids.every(isId)).toBe(true)
    expect(ids.toSorted()).toEqual(ids)
    expect(ids[0]).toMatch(/^.{14}7.{4}[89ab]/)
    expect(newId()).not.toBe(newId())
  })

  it.each(['', 'x', newId().toUpperCase(), `${newId()} `, `{${newId()}}`])('are not "%s"', (text) => {
    expect(isId(text)).toBe(false)
  })
})
