import { isId, type ItemId } from '../catalog/ids.ts'
import type { FoundItem } from '../catalog/items.ts'
import { MagpieError } from '../errors.ts'
import type { Magpie } from '../jobs/magpie.ts'

/** By our id, or by the catalogue's own key. Throws `item_not_found`. */
export async function findItem(magpie: Magpie, catalog: string, key: string): Promise<FoundItem> {
  const found =
    (isId(key) ? await magpie.items.find(key as ItemId) : null) ??
    (await magpie.items.findByExternalId(catalog, key))
  if (found?.item.catalog !== catalog)
    throw new MagpieError('item_not_found', `There is no item "${key}" in the catalogue "${catalog}".`)
  return found
}
