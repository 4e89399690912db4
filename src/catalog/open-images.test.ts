import { sql, type KyselyPlugin } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { haveDatabase } from '../../test/given.ts'
import { aCatalogRoom, asset, candidate, type CatalogRoom } from './given.suite.ts'
import { openImages } from './open-images.ts'

describe.runIf(haveDatabase)('an image that is to be ingested', () => {
  let room: CatalogRoom
  beforeAll(async () => {
    room = await aCatalogRoom()
  })
  afterAll(() => room.remove())

  /** How the database finds it. */
  const planOf = async (imageId: Parameters<CatalogRoom['images']['findToIngest']>[0]) => {
    const plans: Promise<{ rows: readonly unknown[] }>[] = []
    const explaining: KyselyPlugin = {
      transformQuery({ node, queryId }) {
        const executor = room.db.getExecutor()
        const query = executor.compileQuery(node, queryId)
        plans.push(executor.executeQuery({ ...query, sql: `explain ${query.sql}` }))
        return node
      },
      transformResult: async ({ result }) => result,
    }
    await openImages(room.db.withPlugin(explaining)).findToIngest(imageId)
    return JSON.stringify((await Promise.all(plans)).map(({ rows }) => rows))
  }

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
    const plan = await planOf(image!.id)
    expect(plan).toContain('images_twins')
    expect(plan).not.toContain('Sort')
  })
})
