import { isId, type ItemId } from '../catalog/ids.ts'
import type { FoundItem, Items } from '../catalog/items.ts'
import { MagpieError } from '../errors.ts'

/** By our id, or by the catalogue's own key. Throws `item_not_found`. */
export async function findItem(
  { items }: { readonly items: Pick<Items, 'find' | 'findByExternalId'> },
  catalog: string,
  key: string,
): Promise<FoundItem> {
  const found =
    (isId(key) ? await items.find(key as ItemId) : null) ?? (await items.findByExternalId(catalog, key))
  if (found?.item.catalog !== catalog)
    throw new MagpieError('item_not_found', `There is no item "${key}" in the catalogue "${catalog}".`)
  return found
}
