import { describe, expect, it } from 'vitest'
import { items } from '../../test/site/items.ts'
import { itemPage } from '../../test/site/pages.ts'
import { findOnPage } from './find-on-page.ts'

const host = '127.0.0.1:8080'
const find = (item: (typeof items)[number]) =>
  findOnPage({ html: itemPage(item, host), url: `http://${host}/items/${item.slug}` }).candidates
const pathOf = (url: string) => url.replace(`http://${host}`, '')

describe('the sample shop', () => {
  it.each(items.map((item) => [item.slug, item.pattern, item] as const))(
    'shows the pictures of %s (%s) in order, each once and at its largest',
    (_, _pattern, item) => {
      const wanted = item.pictures.map(({ path }) => path)
      const others = item.pictures.flatMap(({ alsoAt }) => alsoAt ?? [])
      const found = find(item).map(({ url }) => pathOf(url))
      expect(found.filter((path) => wanted.includes(path))).toEqual(wanted)
      expect(found.filter((path) => others.includes(path))).toEqual([])
    },
  )

  it.each(items.map((item) => [item.slug, item] as const))(
    'expects more of the pictures of %s',
    (_, item) => {
      const wanted = item.pictures.filter(({ fate }) => fate.state === 'ready').map(({ path }) => path)
      const candidates = find(item)
      const scores = () =>
        candidates.filter(({ url }) => wanted.includes(pathOf(url))).map(({ expected }) => expected.score)
      const furniture = candidates.filter(
        ({ url }) => pathOf(url).startsWith('/static/') && !/plan|soon/.test(url),
      )
      expect(Math.max(...furniture.map(({ expected }) => expected.score))).toBeLessThan(20)
      expect(Math.min(...scores())).toBeGreaterThanOrEqual(20)
      expect(wanted).toContain(
        pathOf(candidates.toSorted((a, b) => b.expected.score - a.expected.score)[0]!.url),
      )
    },
  )
})
