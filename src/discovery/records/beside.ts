import type { Reading } from '../read/reading.ts'
import { isBeside } from '../read/zones.ts'

/** Whether a place is in a part beside the page's subject. Among the records of a list, a sponsored one is a record too. */
export function isBesideSubject(order: number, reading: Reading): boolean {
  return [...reading.zonesAt(order)].some((zone) => isBeside(zone) && zone !== 'promotion')
}
