import type { Reading } from '../read/reading.ts'
import type { PicturePlace } from './entry-pictures.ts'
import type { Weighed } from './choose.ts'
import type { PathNumber } from './path-numbers.ts'

/** A picture's place counts as this much worse where it leads less often to the record's page, or repeats. */
const farBelow = 18
/** A place is the records' own if at least this share of them fills it. */
const usual = 0.3

interface Slot {
  readonly values: number[]
  readonly pictures: Set<number>
}

/**
 * The pictures of each entry, without what stands at a place of lesser worth in all of them: energy badges, ratings,
 * sellers' faces. A place is the same in two entries if the same tags lead to it and it has the same class.
 */
export function picturesOfRecords(
  { entries, pictures }: Weighed,
  { reading, path, worth }: { reading: Reading; path: PathNumber; worth: (picture: number) => number },
): readonly (readonly number[])[] {
  const slots = new Map<string, Slot>()
  const slotOf = ({ order }: PicturePlace) => {
    const element = reading.elementAt(order)
    // The first word of a class says what it is; later ones say its state: lazy, first, active.
    return `${path(element)} ${/[a-z_-]+/i.exec(element.attribs['class'] ?? '')?.[0] ?? ''}`
  }
  pictures.forEach((own, at) => {
    for (const place of own) {
      const name = slotOf(place)
      const slot = slots.get(name) ?? { values: [], pictures: new Set() }
      slots.set(name, slot)
      const leads = leadsTo(reading, place.order, entries[at]!.link.element.attribs['href'])
      slot.values.push(worth(place.picture) + (leads ? 15 : 0))
      slot.pictures.add(place.picture)
    }
  })
  const isKept = keptSlots(slots, entries.length)
  return pictures.map((own) => {
    const kept = own.filter((place) => isKept(slotOf(place)))
    return kept.map(({ picture }) => picture)
  })
}

function leadsTo(reading: Reading, order: number, href: string | undefined): boolean {
  for (let up = reading.elementAt(order).parent, level = 0; up && level < 6; up = up.parent, level++)
    if ('name' in up && up.name === 'a') return href !== undefined && up.attribs['href'] === href
  return false
}

function keptSlots(slots: ReadonlyMap<string, Slot>, entries: number): (name: string) => boolean {
  const worths = new Map([...slots].map(([name, slot]) => [name, worthOf(slot)]))
  const wide = [...slots].filter(([, { values }]) => values.length >= usual * entries)
  const leading = wide.length ? wide : [...slots]
  const best = leading.reduce((most, [name]) => Math.max(most, worths.get(name)!), -Infinity)
  return (name) => worths.get(name)! >= best - farBelow
}

function worthOf({ values, pictures }: Slot): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  // The more of them show what others show too, the less it is a picture of the item.
  return mean - (values.length >= 4 ? 2 * farBelow * (1 - pictures.size / values.length) : 0)
}
