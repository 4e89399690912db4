const maxDepth = 100

/**
 * The properties of an Astro island without what says of what make each is: there every value is a pair of a number and
 * the value (`[0, "plain"]`, `[1, [[0, "of"], [0, "a list"]]]`). What is no such pair stays as it is.
 */
export function islandProps(value: unknown): unknown {
  return isObject(value) ? ofObject(value, 0) : value
}

const lists: ReadonlySet<unknown> = new Set([1, 4, 5])

function ofPair(pair: unknown, depth: number): unknown {
  if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'number') return pair
  const [make, value] = pair as [number, unknown]
  if (depth > maxDepth) return null
  if (lists.has(make) && Array.isArray(value)) return value.map((one) => ofPair(one, depth + 1))
  return make === 0 && isObject(value) ? ofObject(value, depth + 1) : value
}

const ofObject = (object: object, depth: number): unknown =>
  Object.fromEntries(Object.entries(object).map(([key, pair]) => [key, ofPair(pair, depth)]))

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
