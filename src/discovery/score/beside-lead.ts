import type { Element } from 'domhandler'
import { isTag } from 'domhandler'
import type { Picture } from '../merge.ts'
import type { Reading } from '../read/reading.ts'
import { picturePlaces } from '../records/entry-pictures.ts'

interface Means {
  readonly pictures: readonly Picture[]
  readonly reading: Reading
  readonly worth: (picture: number) => number
  /** Whether a picture stands for itself: in no entry that leads elsewhere, in no other part of the page. */
  readonly standsAlone: (picture: number) => boolean
}

/** A picture that promises less leads no gallery. */
const leastLead = 55
/** Letters of text: a part of the page that says more is more than a gallery. */
const mostText = 200

/**
 * The pictures that stand with the page's most promising one in a part of the page that holds hardly anything but
 * pictures: the other pictures of its gallery, however small they are shown.
 */
export function besideLead({ pictures, reading, worth, standsAlone }: Means): ReadonlySet<number> {
  const places = picturePlaces(pictures, standsAlone)
  const lead = leadOf(pictures, worth, standsAlone)
  if (lead === null) return new Set()
  const { met } = pictures[lead]!
  const orders = met.flatMap(({ sighting: { standing, foundIn, order } }) =>
    standing === 'read' && foundIn !== 'state' ? [order] : [],
  )
  const found = new Set<number>()
  for (const order of orders.slice(0, 5)) {
    const part = galleryAround(reading.elementAt(order), reading)
    if (part) for (const { picture } of places.within(reading.spanOf(part))) found.add(picture)
  }
  found.delete(lead)
  return found
}

function leadOf(
  pictures: readonly Picture[],
  worth: (picture: number) => number,
  standsAlone: (picture: number) => boolean,
): number | null {
  let lead: number | null = null
  for (const at of pictures.keys())
    if (worth(at) >= leastLead && standsAlone(at) && (lead === null || worth(at) > worth(lead))) lead = at
  return lead
}

/** The largest part of the page around an element that says no more than a gallery does. */
function galleryAround(element: Element, reading: Reading): Element | null {
  let part: Element | null = null
  for (let up = element.parent; up && isTag(up) && up.name !== 'body'; up = up.parent) {
    if (reading.textIn(reading.spanOf(up)) > mostText) break
    part = up
  }
  return part
}
