import type { ParentNode } from 'domhandler'
import { isTag } from 'domhandler'

/** A number for the tag names that lead from the page's root to an element: alike ways have one number. */
export type PathNumber = (node: ParentNode) => number

export function pathNumbers(): PathNumber {
  const known = new Map<ParentNode, number>()
  const numbers = new Map<string, number>()
  return (node) => {
    const chain: ParentNode[] = []
    let up: ParentNode | null = node
    for (; up && !known.has(up); up = up.parent) chain.push(up)
    let number = up ? known.get(up)! : 0
    for (const one of chain.reverse()) {
      const step = `${number} ${isTag(one) ? one.name : ''}`
      number = numbers.get(step) ?? numbers.size + 1
      numbers.set(step, number)
      known.set(one, number)
    }
    return number
  }
}
