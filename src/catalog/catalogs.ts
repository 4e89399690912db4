import type { Db } from '../database.ts'
import { MagpieError } from '../errors.ts'
import { catalogDefaults, catalogSchema, type Catalog, type CatalogChanges } from './catalog.ts'

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
}

export function openCatalogs(db: Db): Catalogs {
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
      const { name: _, ...settings } = checked({ ...catalogDefaults, ...changes, name })
      await db
        .insertInto('catalogs')
        .values({ name, settings: JSON.stringify(settings) })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
      return (await find(name))!
    },
  }
}

function checked(catalog: Catalog): Catalog {
  const read = catalogSchema.safeParse(catalog)
  if (read.success) return read.data
  const faults = read.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
  throw new MagpieError('input_invalid', `The catalogue "${catalog.name}" cannot be: ${faults.join('; ')}.`, {
    cause: read.error,
  })
}

/** A row that an older version wrote gets the defaults of what came since; an item may have limits of its own. */
export function fromRow(
  row: { readonly name: string; readonly settings: unknown },
  keep: unknown = null,
): Catalog {
  const catalog = catalogSchema.parse({ ...catalogDefaults, ...(row.settings as object), name: row.name })
  return keep ? { ...catalog, keep: { ...catalog.keep, ...(keep as Partial<Catalog['keep']>) } } : catalog
}
