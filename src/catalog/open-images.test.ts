import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import { aCatalogRoom, asset, candidate, plansOf, type CatalogRoom } from './given.suite.ts'
import { openImages } from './open-images.ts'

describe.runIf(haveDatabase)('an image that is to be ingested', () => {
  let room: CatalogRoom
  beforeAll(async () => {
    room = await aCatalogRoom()
  })
  afterAll(() => room.remove())

  it('finds its twin without reading all images of its address', async () => {
    const item = await room.anItem()
    await room.record(item, [candidate(0)])
    const [shown] = await room.images.ofItem(item)
    await room.show(shown!, asset('a placeholder'))
    await sql`
      with more as (
        insert into items (id, catalog, external_id, title, attributes, sources, source_states)
        select gen_random_uuid(), catalog, 'more ' || n, '', '{}', '[]', '{}'
        from items, generate_series(1, 5000) n where id = ${item} returning id
      )
      insert into images (id, item_id, url, normal_url_digest, position, found_in, declared_primary, declared, expected,
        state, asset_id, fetched_at, terms)
      select gen_random_uuid(), more.id, url, normal_url_digest, position, found_in, declared_primary, declared, expected,
        state, asset_id, fetched_at, terms from images, more where item_id = ${item}`.execute(room.db)
    await sql`analyze images`.execute(room.db)
    const another = await room.anItem()
    await room.record(another, [candidate(0)])
    const [image] = await room.images.ofItem(another)
    expect((await room.images.findToIngest(image!.id))?.twin?.asset.id).toBe(asset('a placeholder').id)
    const plan = await plansOf(room.db, (db) => openImages(db).findToIngest(image!.id))
    expect(plan).toContain('images_twins')
    expect(plan).not.toContain('Sort')
  })
})
