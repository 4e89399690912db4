/** Objects nest no deeper than this; what lies below is left out. */
const maxDepth = 200
/** What stands in several places may make the whole so many times as long as the list. */
const mostRepeated = 4

/** What wraps one value: `["Reactive", 3]`. A list that begins with a word is never a list of values. */
const wrapping = /^(?:(?:Shallow)?(?:Reactive|Ref)|Object|NuxtError|Island|skipHydrate)$/

/**
 * The value that a flat list stands for, in which the first is the outermost, and objects and arrays hold the places of
 * their values (devalue's format, as Nuxt sends it). What leads back to an object around it is left out, so that the
 * answer has an end. The list itself where it is of no such make.
 */
export function unflattened(flat: unknown): unknown {
  if (!Array.isArray(flat) || flat.length === 0 || typeof flat[0] !== 'object') return flat
  const left = mostRepeated * flat.length + 10_000
  return valueAt({ flat, left, known: new Map(), open: new Set() }, 0)
}

interface Unfolding {
  readonly flat: readonly unknown[]
  /** Values that may still be given. */
  left: number
  /** Objects that were given before, with how many values each holds in all. */
  readonly known: Map<number, { readonly value: unknown; readonly size: number }>
  /** The places of the objects around. */
  readonly open: Set<number>
}

function valueAt(unfolding: Unfolding, place: unknown): unknown {
  const { flat, known, open, left } = unfolding
  if (typeof place !== 'number' || !(place in flat) || open.has(place) || open.size >= maxDepth) return null
  const before = known.get(place)
  if (left < (before?.size ?? 1)) return null
  unfolding.left -= before?.size ?? 1
  const written = flat[place]
  if (before || !written || typeof written !== 'object') return before ? before.value : written
  open.add(place)
  const value = Array.isArray(written) ? ofArray(unfolding, written) : ofObject(unfolding, written)
  open.delete(place)
  known.set(place, { value, size: left - unfolding.left })
  return value
}

function ofArray(unfolding: Unfolding, written: readonly unknown[]): unknown {
  const [kind, ...rest] = written
  if (typeof kind !== 'string') return written.map((place) => valueAt(unfolding, place))
  if (wrapping.test(kind)) return valueAt(unfolding, rest[0])
  if (kind === 'Set') return rest.map((place) => valueAt(unfolding, place))
  // Key and value in turn; the keys of a map are values themselves.
  const isMap = kind === 'Map'
  if (!isMap && kind !== 'null') return rest[0] ?? null
  const pairs: [string, unknown][] = []
  for (let at = 0; at + 1 < rest.length; at += 2)
    pairs.push([String(isMap ? valueAt(unfolding, rest[at]) : rest[at]), valueAt(unfolding, rest[at + 1])])
  return Object.fromEntries(pairs)
}

const ofObject = (unfolding: Unfolding, written: object): unknown =>
  Object.fromEntries(Object.entries(written).map(([key, place]) => [key, valueAt(unfolding, place)]))
