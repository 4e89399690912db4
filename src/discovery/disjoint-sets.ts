/** Sets of numbers that grow together. */
export interface DisjointSets {
  /** Makes one set of the sets that hold these two. The smaller number stays its root, so that order is kept. */
  readonly join: (one: number, other: number) => void
  /** The sets in the order of their first members, each in ascending order. */
  readonly groups: () => readonly (readonly number[])[]
}

/** Sets of the numbers below `count`, each alone at first (union-find, with path halving). */
export function disjointSets(count: number): DisjointSets {
  const parents = Array.from({ length: count }, (_, at) => at)
  const rootOf = (at: number) => {
    while (parents[at] !== at) at = parents[at] = parents[parents[at]!]!
    return at
  }
  return {
    join(one: number, other: number) {
      const [first, second] = [rootOf(one), rootOf(other)]
      parents[Math.max(first, second)] = Math.min(first, second)
    },
    groups() {
      const groups = new Map<number, number[]>()
      parents.forEach((_, at) => {
        const root = rootOf(at)
        const group = groups.get(root)
        if (group) group.push(at)
        else groups.set(root, [at])
      })
      return [...groups.values()]
    },
  }
}
