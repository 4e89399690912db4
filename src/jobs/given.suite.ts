import { readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { aMagpie, haveDatabase, until } from '../../test/given.ts'
import { startSite, type Site } from '../../test/site/server.ts'
import type { CatalogChanges } from '../catalog/catalog.ts'
import type { ItemId } from '../catalog/ids.ts'
import type { ShownImage } from '../catalog/images.ts'
import type { Magpie } from './magpie.ts'

/** As polite as a test has to be to its own site. */
export const hasty: CatalogChanges = {
  policy: { hostConcurrency: 8, hostDelayMs: 0, headers: {}, robots: 'respect' },
}

/** An address of the sample shop: what misbehaves comes first in its path. */
export interface Shop {
  readonly site: Site
  readonly magpie: Awaited<ReturnType<typeof aMagpie>>
  /** A page with pictures at these addresses, as an item of the catalogue, and what became of its images. */
  item(catalog: string, ...pictures: readonly string[]): Promise<ItemId>
  /** Works until nothing is left to do, but what is tried again much later. */
  finish(): Promise<void>
  images(id: ItemId): Promise<readonly ShownImage[]>
  /** What lies in the disk store under a prefix. */
  blobs(prefix: 'originals' | 'variants'): readonly string[]
}

/** The sample shop on loopback and an empty Magpie, for all tests of a file. */
export function aShop(): Shop {
  const shop = {} as { -readonly [K in keyof Shop]: Shop[K] }
  let pages = 0
  beforeAll(async () => {
    if (!haveDatabase) return
    shop.site = await startSite()
    shop.magpie = await aMagpie()
  })
  afterAll(async () => {
    await shop.magpie?.remove()
    await shop.site?.close()
  })
  return Object.assign(shop, {
    item: (catalog: string, ...pictures: readonly string[]) =>
      shop.magpie.scrape({
        url: `${shop.site.url}/page-${(pages += 1)}`,
        page: pageOf(shop.site, pictures),
        catalog,
      }),
    finish: () => work(shop.magpie),
    images: (id: ItemId) => shop.magpie.images.ofItem(id),
    blobs: (prefix: string) =>
      readdirSync(path.join(shop.magpie.place.folder, 'blobs', prefix), {
        recursive: true,
        encoding: 'utf8',
      }).filter((file) => file.includes('.')),
  })
}

/** Works until nothing is left to do; a source that wants to be asked in a moment is asked then. */
export async function work(magpie: Magpie): Promise<void> {
  const ending = new AbortController()
  const working = magpie.work(ending.signal)
  await until(() => isIdle(magpie), 50_000)
  ending.abort()
  await working
}

/** What is tried again at once, after one, two and four seconds is waited for. */
const soonMs = 8_000

/** In one look: a job that ends enqueues the next, which two looks could miss between them. */
async function isIdle({ queue }: Magpie): Promise<boolean> {
  const soon = Date.now() + soonMs
  const isLater = (dueAt: Date | null) => dueAt === null || dueAt.getTime() > soon
  return (await queue.counts()).every(
    ({ state, dueSince, nextDueAt }) => state !== 'active' && dueSince === null && isLater(nextDueAt),
  )
}

const pageOf = ({ url }: Site, pictures: readonly string[]) =>
  `<!doctype html><title>An item</title><main><h1>An item</h1>${pictures
    .map((at) => `<img src="${url}${at}" width="900" height="1200" alt="The item, seen from somewhere">`)
    .join('\n')}</main>`
