/** Lets those who want the same thing at the same time share one doing of it. Nothing is kept once it is done. */
export function singleFlight<T>(): (key: string, go: () => Promise<T>) => Promise<T> {
  const underWay = new Map<string, Promise<T>>()
  return (key, go) => {
    const before = underWay.get(key)
    if (before) return before
    const mine = go().finally(() => underWay.delete(key))
    underWay.set(key, mine)
    return mine
  }
}
