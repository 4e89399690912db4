import { sql } from 'kysely'
import type { Db, Tx } from '../database.ts'
import { MagpieError } from '../errors.ts'
import { catalogDefaults, catalogSchema, type Catalog, type CatalogChanges } from './catalog.ts'
import { faultsOf } from './faults.ts'

/** The catalogues' table. */
export interface Catalogs {
  /** Throws `catalog_not_found`. */
  get(name: string): Promise<Catalog>
  list(): Promise<readonly Catalog[]>
  /**
   * Makes the catalogue if there is none of that name, with the defaults where nothing else is said; changes nothing
   * otherwise. Throws `input_invalid`.
   */
  ensure(name: string, changes?: CatalogChanges): Promise<Catalog>
  /** Sets all of a catalogue's settings, those that are not given to their defaults; makes it if need be. Throws `input_invalid`. */
  save(tx: Tx, name: string, settings: CatalogChanges): Promise<Catalog>
  /** Removes a catalogue with its items and images; the sweep takes the bytes. Whether there was one. */
  remove(tx: Tx, name: string): Promise<boolean>
}

/** Opens the table; what is given goes before the defaults of catalogues. */
export function openCatalogs(db: Db, byDefault: Pick<CatalogChanges, 'store'> = {}): Catalogs {
  const defaults = { ...catalogDefaults, ...byDefault }
  const find = async (name: string) => {
    const row = await db.selectFrom('catalogs').selectAll().where('name', '=', name).executeTakeFirst()
    return row && fromRow(row)
  }
  return {
    async get(name) {
      const catalog = await find(name)
      if (!catalog) throw new MagpieError('catalog_not_found', `There is no catalogue "${name}".`)
      return catalog
    },
    async list() {
      return (await db.selectFrom('catalogs').selectAll().orderBy('name').execute()).map((row) =>
        fromRow(row),
      )
    },
    async ensure(name, changes = {}) {
      await db
        .insertInto('catalogs')
        .values({ name, settings: toStore(checked({ ...defaults, ...changes, name }), changes) })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
      return (await find(name))!
    },
    async save(tx, name, changes) {
      const catalog = checked({ ...defaults, ...changes, name })
      await tx
        .insertInto('catalogs')
        .values({ name, settings: toStore(catalog, changes) })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet((to) => ({ settings: to.ref('excluded.settings'), updated_at: sql`now()` })),
        )
        .execute()
      return catalog
    },
    async remove(tx, name) {
      const { numDeletedRows } = await tx.deleteFrom('catalogs').where('name', '=', name).executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

function checked(catalog: CatalogChanges & { readonly name: string }): Catalog {
  const read = catalogSchema.unwrap().strict().safeParse(catalog)
  if (read.success) return read.data
  const known = { ...catalogDefaults, schedules: { sync: { cron: '', timeZone: '' } } }
  const faults = faultsOf(read.error.issues, catalog, known)
  throw new MagpieError('input_invalid', `The catalogue "${catalog.name}" cannot be: ${faults}.`, {
    cause: read.error,
  })
}

/** All settings, but the policy as it was given, so that a preset stays one. */
const toStore = ({ name: _, ...settings }: Catalog, { policy = {} }: CatalogChanges) =>
  JSON.stringify({ ...settings, policy })

/** A row that an older version wrote gets the defaults of what came since; an item may have limits of its own. */
export function fromRow(
  row: { readonly name: string; readonly settings: unknown },
  keep: unknown = null,
): Catalog {
  const catalog = catalogSchema.parse({ ...catalogDefaults, ...(row.settings as object), name: row.name })
  return keep ? { ...catalog, keep: { ...catalog.keep, ...(keep as Partial<Catalog['keep']>) } } : catalog
}
