import type { Element } from 'domhandler'
import { largestUrl, sizeKey } from './largest-url.ts'
import type { SizedUrl } from './largest-url.ts'
import { normalUrl } from './normal-url.ts'
import type { Sighting } from './read/sighting.ts'
import { disjointSets } from './disjoint-sets.ts'

/** A URL of a sighting, resolved, with its spelling for comparing and what it is without its size. */
export interface MetUrl extends SizedUrl {
  readonly normal: string
  readonly key: string
  /** The width that the URL itself says, in pixels. */
  readonly ownWidth: number | null
  readonly height?: number
}

/** A sighting whose URLs have been resolved. */
export interface Met {
  /** Counts sightings in the order in which they were made. */
  readonly serial: number
  readonly sighting: Sighting
  readonly urls: readonly MetUrl[]
}

/** One picture of the page: every sighting of it, and the largest of its URLs. */
export interface Picture {
  readonly met: readonly Met[]
  readonly best: MetUrl
  /** Shown in the place of several other pictures until they are loaded. */
  readonly standsIn: boolean
}

/** Adds to a resolved URL what comparing needs. */
export const metUrl = (url: SizedUrl & { readonly height?: number }): MetUrl => {
  const normal = normalUrl(url.url)
  const { key, width: ownWidth } = sizeKey(normal)
  return { ...url, normal, key, ownWidth }
}

/** Makes one picture of all sightings that one element, one URL, or one URL at several sizes holds together. */
export function merge(sightings: readonly Met[]): readonly Picture[] {
  const standIns = findStandIns(byOwner(sightings))
  const met = sightings.flatMap((one) => withoutStandIns(one, standIns))
  const sets = disjointSets(met.length)
  joinOwners(met, sets.join)
  const first = new Map<string, number>()
  met.forEach(({ urls }, at) => {
    for (const { normal, key } of urls)
      for (const name of [normal, `size ${key}`]) {
        const other = first.get(name)
        if (other === undefined) first.set(name, at)
        else sets.join(at, other)
      }
  })
  return sets.groups().map((members) => {
    const group = members.map((at) => met[at]!)
    const best = largestUrl(group.flatMap(({ urls }) => urls))
    return {
      met: group,
      best,
      standsIn: group.every(({ urls }) => urls.every(({ normal }) => standIns.has(normal))),
    }
  })
}

/** Sightings of one owner, after a link or a container around a single picture has been joined with it. */
function byOwner(met: readonly Met[]): readonly (readonly Met[])[] {
  const sets = disjointSets(met.length)
  joinOwners(met, sets.join)
  return sets.groups().map((members) => members.map((at) => met[at]!))
}

function joinOwners(met: readonly Met[], join: (one: number, other: number) => void): void {
  const owners = new Map<object, number>()
  const wrappers = new Map<object, Set<object>>()
  met.forEach(({ sighting: { owner, foundIn } }, at) => {
    const known = owners.get(owner)
    if (known === undefined) owners.set(owner, at)
    else join(at, known)
    if ((foundIn === 'link' || foundIn === 'lazy') && !isShown(owner)) wrappers.set(owner, new Set())
  })
  for (const owner of owners.keys()) {
    if (!isShown(owner)) continue
    for (let up = owner.parent, level = 0; up && level < 6; up = up.parent, level++)
      wrappers.get(up)?.add(owner)
  }
  for (const [wrapper, inside] of wrappers)
    if (inside.size === 1) join(owners.get(wrapper)!, owners.get([...inside][0]!)!)
}

const isShown = (owner: object): owner is Element =>
  'name' in owner && /^(?:img|picture)$/.test(String(owner.name))

const namedAsStandIn =
  /(?:^|[/_-])(?:blank|spacer|transparent|loading|loader|lazy|lazyload|placeholder|pixel|dummy|grey|gray|empty|ajax-loader|1x1|spinner|clear|trans)[^/]{0,12}\.(?:gif|png|svg|jpe?g|webp)(?:$|\?)/i

/**
 * A URL that is shown at first where several different pictures come later stands in for them: it is a picture of its
 * own, and must not make one of all that it stands for.
 */
function findStandIns(owned: readonly (readonly Met[])[]): ReadonlySet<string> {
  const found = new Set<string>()
  const others = new Map<string, ReadonlySet<string>>()
  for (const group of owned) {
    const urls = group.flatMap((one) => one.urls)
    const later = new Set(urls.filter(({ grade }) => grade !== 'shown').map(({ key }) => key))
    if (!later.size) continue
    for (const { grade, normal, key } of urls) {
      if (grade !== 'shown' || later.has(key)) continue
      const before = others.get(normal)
      if (!before) others.set(normal, later)
      if (namedAsStandIn.test(normal) || (before && ![...later].some((one) => before.has(one))))
        found.add(normal)
    }
  }
  return found
}

function withoutStandIns(met: Met, standIns: ReadonlySet<string>): readonly Met[] {
  const own = met.urls.filter(({ normal }) => !standIns.has(normal))
  if (own.length === met.urls.length) return [met]
  const rest = met.urls.filter(({ normal }) => standIns.has(normal))
  const alone = rest.map((url) => ({
    ...met,
    sighting: { ...met.sighting, owner: {}, altText: null },
    urls: [url],
  }))
  return own.length ? [{ ...met, urls: own }, ...alone] : alone
}
