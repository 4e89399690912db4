/**
 * The index of the first of a sorted list for which a question is answered yes, where all behind it answer the same; the
 * list's length where none does.
 */
export function firstThat<Item>(list: readonly Item[], isSo: (item: Item) => boolean): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isSo(list[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}
