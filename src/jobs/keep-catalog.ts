import { isDeepStrictEqual } from 'node:util'
import type { Catalog, CatalogChanges } from '../catalog/catalog.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import { inTransaction, type Db } from '../database.ts'
import { MagpieError } from '../errors.ts'
import type { Queue } from './jobs.ts'

interface Deps {
  readonly db: Db
  readonly catalogs: Catalogs
  readonly queue: { readonly schedules: Pick<Queue['schedules'], 'set' | 'remove'> }
}

const scheduleOf = (catalog: string) => `${catalog}/sync`

/** A catalogue as it is now, and what is other than it was. */
export interface SavedCatalog {
  readonly catalog: Catalog
  readonly isNew: boolean
  /** The names of settings; none for a new catalogue, or when all is as it was. */
  readonly changed: readonly string[]
}

/** Sets a catalogue's settings, and its schedules with them, in one transaction. Throws `input_invalid`. */
export const saveCatalog =
  ({ db, catalogs, queue: { schedules } }: Deps) =>
  async (name: string, settings: CatalogChanges): Promise<SavedCatalog> => {
    const before = (await catalogs.list()).find((one) => one.name === name)
    const catalog = await inTransaction(db, async (tx) => {
      const saved = await catalogs.save(tx, name, settings)
      const { sync } = saved.schedules
      if (sync)
        await schedules.set(
          { name: scheduleOf(name), kind: 'sync-catalog', args: { catalog: name }, ...sync },
          { tx },
        )
      else await schedules.remove(scheduleOf(name), { tx })
      return saved
    })
    return { catalog, isNew: !before, changed: before ? differing(before, catalog) : [] }
  }

const differing = (before: Catalog, now: Catalog) =>
  (Object.keys(now) as (keyof Catalog)[]).filter((key) => !isDeepStrictEqual(before[key], now[key]))

/** Removes a catalogue with all that is in it and its schedules. Throws `catalog_not_found`. */
export const removeCatalog =
  ({ db, catalogs, queue: { schedules } }: Deps) =>
  (name: string): Promise<void> =>
    inTransaction(db, async (tx) => {
      if (!(await catalogs.remove(tx, name)))
        throw new MagpieError('catalog_not_found', `There is no catalogue "${name}".`)
      await schedules.remove(scheduleOf(name), { tx })
    })
