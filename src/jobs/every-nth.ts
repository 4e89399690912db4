const mostCounted = 10_000

/**
 * True each time that so many of one name have been counted. Of few names at a time: those that were not named for
 * longest are forgotten, and begin anew.
 */
export function everyNth(n: number, mostNames = mostCounted): (name: string) => boolean {
  const counts = new Map<string, number>()
  return (name) => {
    const count = (counts.get(name) ?? 0) + 1
    counts.delete(name)
    counts.set(name, count % n)
    const [oldest] = counts.keys()
    if (counts.size > mostNames && oldest !== undefined) counts.delete(oldest)
    return count === n
  }
}
