import { describe, expect, it } from 'vitest'
import { everyNth } from './every-nth.ts'

describe('every nth of a name', () => {
  it('is true, each name counted by itself, over and over', () => {
    const isDue = everyNth(3)
    const names = ['a', 'a', 'b', 'a', 'a', 'b', 'b', 'a', 'a']
    expect(names.map((name) => isDue(name))).toEqual([
      ...[false, false, false, true, false, false, true, false, true],
    ])
  })

  it('is counted of so many names only, of which the one that was not heard for longest is forgotten', () => {
    const isDue = everyNth(2, 2)
    expect(['a', 'b', 'a', 'c', 'b', 'c'].map((name) => isDue(name))).toEqual([
      ...[false, false, true, false, false, true],
    ])
  })
})
