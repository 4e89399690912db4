import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aGate, haveDatabase, onServer } from '../../test/given.ts'
import {
  accepted,
  aCatalogRoom,
  asset,
  candidate,
  freshness,
  refused,
  type CatalogRoom,
} from './given.suite.ts'
import type { ItemId } from './ids.ts'
import type { Placement } from './images.ts'

describe.runIf(haveDatabase)('the states of an image', () => {
  let room: CatalogRoom
  let item: ItemId
  beforeAll(async () => {
    room = await aCatalogRoom()
  })
  afterAll(() => room.remove())
  beforeEach(async () => {
    item = await room.anItem()
  })

  const all = () => room.images.ofItem(item)
  const first = async () => (await all())[0]!
  /** So many images of the item, all ready, each with an asset of its own. */
  const readyImages = async (many: number) => {
    await room.record(
      item,
      Array.from({ length: many }, (_, at) => candidate(at)),
    )
    for (const image of await all()) await room.show(image, asset(`${item} ${image.position}`))
    return all()
  }
  const place = (placements: readonly Placement[]) =>
    room.inTransaction((tx) => room.images.place(tx, item, placements))
  const failure = {
    stage: 'fetch',
    code: 'source_error',
    message: 'status 500',
    nextAttemptInMs: null,
  } as const

  describe('holding', () => {
    it('keeps what the source said of its use until the source says otherwise', async () => {
      await room.record(item, [candidate(0)])
      const image = await first()
      const said = { robots: ['noarchive'], tdmReservation: null, tdmPolicy: null, contentUsage: null }
      const held = { assetId: asset('a').id, verdict: accepted(), validators: {} }
      await room.inTransaction(async (tx) => {
        await room.assets.save(tx, asset('a'))
        await room.images.hold(tx, image, { ...held, signals: said })
      })
      expect(await first()).toMatchObject({ signals: said })
      await room.show(await first(), asset('a'))
      expect(await first()).toMatchObject({ signals: said })
    })

    it('makes it ready, with what was found out, at the place where the source has it', async () => {
      await room.record(item, [candidate(3)])
      await room.show(await first(), asset('a'), { score: 71.5, kind: 'lifestyle' })
      expect(await first()).toMatchObject({
        state: 'ready',
        version: 1,
        rank: 3,
        assetId: asset('a').id,
        verdict: { score: 71.5, kind: 'lifestyle', hero: false },
        validators: { etag: '"1"' },
        asset: asset('a'),
      })
    })

    it('counts a version for another picture at the same address, and none for the same one again', async () => {
      await room.record(item, [candidate(0)])
      await room.show(await first(), asset('a'))
      await room.show(await first(), asset('a'), { score: 70 })
      expect(await first()).toMatchObject({ version: 1, verdict: { score: 70 } })
      await room.show(await first(), asset('b'))
      expect(await first()).toMatchObject({ version: 2, assetId: asset('b').id })
    })

    it('writes nothing of a job that set out before the image was replaced', async () => {
      await room.record(item, [candidate(0)])
      const before = await first()
      await room.show(before, asset('new'))
      await room.show(before, asset('old'))
      const late = { verdict: refused, assetId: null, validators: null }
      await room.inTransaction((tx) => room.images.reject(tx, before, late))
      expect(await first()).toMatchObject({ state: 'ready', version: 1, assetId: asset('new').id })
    })

    it('writes nothing of a job that set out for another address', async () => {
      await room.record(item, [candidate(0)])
      const before = await first()
      await room.record(item, [candidate(0, { url: 'https://shop.example/0.jpg?signed=again' })])
      await room.show(before, asset('old'))
      expect(await first()).toMatchObject({ state: 'pending', version: 0 })
    })

    it('does not bring back what its page has dropped meanwhile', async () => {
      await room.record(item, [candidate(0)])
      const before = await first()
      await room.record(item, [candidate(1)])
      await room.show(before, asset('late'))
      expect((await all()).map(({ state }) => state)).toEqual(['gone', 'pending'])
    })

    it('writes many images of one transaction, each with its own', async () => {
      await room.record(item, [candidate(0), candidate(1), candidate(2, { refused })])
      const [one, two, three] = await all()
      await room.inTransaction(async (tx) => {
        await Promise.all([
          room.show(one!, asset('one'), { score: 11 }, tx),
          room.show(two!, asset('two'), { score: 22 }, tx),
          room.images.reject(tx, three!, {
            verdict: { ...refused, detail: 'seen' },
            assetId: null,
            validators: { etag: '"3"' },
          }),
        ])
      })
      expect(await all()).toMatchObject([
        { state: 'ready', assetId: asset('one').id, verdict: { score: 11 } },
        { state: 'ready', assetId: asset('two').id, verdict: { score: 22 } },
        { state: 'rejected', verdict: { detail: 'seen' } },
      ])
    })
  })

  describe('failing', () => {
    const fail = async () => {
      const { id } = await first()
      return room.inTransaction((tx) => room.images.fail(tx, id, failure))
    }

    it('notes where, by which code and when, and says whose image it was', async () => {
      await room.record(item, [candidate(0)])
      expect(await fail()).toBe(item)
      expect(await first()).toMatchObject({
        state: 'failed',
        stage: 'fetch',
        code: 'source_error',
        message: 'status 500',
        failedAt: expect.any(Date) as Date,
        nextAttemptAt: null,
      })
    })

    it('leaves a picture in use that is asked about again', async () => {
      const [ready] = await readyImages(1)
      await room.age(freshness.freshForMs + 1_000)
      await room.record(item, [candidate(0)])
      expect(await fail()).toBe(item)
      expect(await first()).toMatchObject({
        state: 'stale',
        assetId: (ready as { assetId: string }).assetId,
        version: 1,
      })
    })

    it('comes too late for what another job has settled meanwhile', async () => {
      await readyImages(1)
      expect(await fail()).toBeNull()
      expect(await first()).toMatchObject({ state: 'ready', version: 1 })
    })

    it('takes words that JSON cannot carry, as halves of a pair and NUL', async () => {
      await room.record(item, [candidate(0)])
      const image = await first()
      const verdict = { accepted: false, reason: 'low-score', detail: 'alt: \u201c\ud83d\u0000…' } as const
      await room.inTransaction((tx) =>
        room.images.reject(tx, image, { verdict, assetId: null, validators: null }),
      )
      expect(await first()).toMatchObject({ state: 'rejected', verdict: { detail: 'alt: “\ufffd\ufffd…' } })
    })

    it('is forgotten once the picture has come', async () => {
      item = await room.anItem('forgiving')
      await room.record(item, [candidate(0)])
      await fail()
      await room.show(await first(), asset('a'))
      await room.age(freshness.freshForMs / 2)
      expect((await room.record(item, [candidate(0)])).fresh).toBe(1)
      expect((await room.stats.failures()).filter(({ catalog }) => catalog === 'forgiving')).toEqual([])
    })

    it('of an image that was removed meanwhile is nobody’s', async () => {
      await room.record(item, [candidate(0)])
      const { id } = await first()
      await room.db.deleteFrom('images').where('id', '=', id).execute()
      expect(await room.inTransaction((tx) => room.images.fail(tx, id, failure))).toBeNull()
    })
  })

  describe('settling', () => {
    const settled = () => room.inTransaction((tx) => room.images.settledNow(tx, item))

    it('is done when no image waits any more, whatever became of them', async () => {
      await room.record(item, [candidate(0), candidate(1), candidate(2, { refused })])
      expect(await settled()).toBe(false)
      const [one, two] = await all()
      await room.show(one!, asset('a'))
      expect(await settled()).toBe(false)
      await room.inTransaction((tx) => room.images.fail(tx, two!.id, failure))
      expect(await settled()).toBe(true)
    })

    it('tells one of several who ask in one transaction', async () => {
      await readyImages(2)
      const other = await room.anItem()
      const asked = await room.inTransaction((tx) =>
        Promise.all([item, item, other, item].map((one) => room.images.settledNow(tx, one))),
      )
      expect(asked).toEqual([true, false, true, false])
    })

    it.runIf(onServer)(
      'is told to the later of two workers that settle the last two images at once',
      async () => {
        for (let turn = 0; turn < 10; turn++) {
          item = await room.anItem()
          await room.record(item, [candidate(0), candidate(1)])
          const both = aGate()
          let written = 0
          // Neither asks before both have written: at that moment each sees the other's image still waiting.
          const told = await Promise.all(
            (await all()).map((image) =>
              room.inTransaction(async (tx) => {
                await room.show(image, asset(`${image.id}`), {}, tx)
                if (++written === 2) both.open()
                await both.opened
                return room.images.settledNow(tx, item)
              }),
            ),
          )
          expect(told.sort()).toEqual([false, true])
        }
      },
    )
  })

  describe('placing', () => {
    it('gives ranks and one hero, whoever led before', async () => {
      const [one, two] = await readyImages(2)
      const lead = (leads: number) =>
        place(
          [one!, two!].map(({ id }, at) => ({ id, rank: 1 - at, verdict: accepted({ hero: at === leads }) })),
        )
      for (const leads of [0, 1, 0]) {
        await lead(leads)
        expect(await all()).toMatchObject([
          { rank: 1, verdict: { hero: leads === 0 } },
          { rank: 0, verdict: { hero: leads === 1 } },
        ])
      }
    })

    it('is refused by the table where two lead', async () => {
      const images = await readyImages(2)
      const both = images.map(({ id }, rank) => ({ id, rank, verdict: accepted({ hero: true }) }))
      await expect(place(both)).rejects.toThrow('images_one_hero')
      expect((await all()).map((image) => 'verdict' in image && image.verdict)).toMatchObject([
        { hero: false },
        { hero: false },
      ])
    })

    it('sets aside, and takes back, without losing the bytes', async () => {
      const [one] = await readyImages(1)
      const otherwise = accepted()
      await place([
        { id: one!.id, verdict: { accepted: false, reason: 'surplus', detail: 'too many', otherwise } },
      ])
      expect(await first()).toMatchObject({
        state: 'rejected',
        assetId: one!.asset!.id,
        verdict: { reason: 'surplus' },
      })
      await place([{ id: one!.id, rank: 0, verdict: accepted({ hero: true }) }])
      expect(await first()).toMatchObject({ state: 'ready', rank: 0, version: 1, verdict: { hero: true } })
    })

    it('leaves a stale image stale, and makes nothing of one without bytes', async () => {
      const [one] = await readyImages(1)
      await room.age(freshness.freshForMs + 1_000)
      await room.record(item, [candidate(0), candidate(1)])
      const [, two] = await all()
      await place([one!, two!].map(({ id }, rank) => ({ id, rank, verdict: accepted() })))
      expect((await all()).map(({ state }) => state)).toEqual(['stale', 'pending'])
    })
  })

  it('reopens on an unchanged page what was held too long, what failed in passing, and what waits', async () => {
    const reopen = async () =>
      (await room.inTransaction((tx) => room.images.reopen(tx, item, freshness))).map(({ url }) =>
        Number(/(\d)\.jpg/.exec(url)![1]),
      )
    const [, , passing, final, waiting] = await readyImages(5)
    for (const [image, code] of [
      [passing, 'source_busy'],
      [final, 'source_not_found'],
    ] as const) {
      await room.db
        .updateTable('images')
        .set({ state: 'pending', asset_id: null })
        .where('id', '=', image!.id)
        .execute()
      await room.inTransaction((tx) =>
        room.images.fail(tx, image!.id, { stage: 'fetch', code, message: '', nextAttemptInMs: null }),
      )
    }
    await room.db.updateTable('images').set({ state: 'pending' }).where('id', '=', waiting!.id).execute()
    expect(await reopen()).toEqual([2, 4])
    await room.age(freshness.freshForMs + 1_000)
    expect(await reopen()).toEqual([0, 1, 2, 3, 4])
    expect((await all()).map(({ state }) => state)).toEqual([
      'stale',
      'stale',
      'pending',
      'pending',
      'pending',
    ])
  })
})
