import { describe, expect, it } from 'vitest'
import { findOnPage } from '../find-on-page.ts'

const url = 'https://shop.example/item/1'
const find = (json: string) =>
  findOnPage({ html: `<script type="application/ld+json">${json}</script>`, url }).candidates.map((one) => ({
    path: new URL(one.url).pathname,
    primary: one.declaredPrimary,
  }))
const primary = (path: string) => ({ path, primary: true })
const another = (path: string) => ({ path, primary: false })

describe('JSON-LD', () => {
  const cases: readonly (readonly [string, string, readonly unknown[]])[] = [
    ['a string', '{"@type":"Product","image":"/a.jpg"}', [primary('/a.jpg')]],
    [
      'an array, of which the first is primary',
      '{"image":["/a.jpg","/b.jpg"]}',
      [primary('/a.jpg'), another('/b.jpg')],
    ],
    [
      'an ImageObject',
      '{"image":{"@type":"ImageObject","contentUrl":"/a.jpg","url":"/page"}}',
      [primary('/a.jpg')],
    ],
    [
      'a graph',
      '{"@graph":[{"@type":"Organization","image":"/o.jpg"},{"@type":"Product","image":"/a.jpg"}]}',
      [another('/o.jpg'), primary('/a.jpg')],
    ],
    ['a logo, which is never primary', '{"publisher":{"logo":{"url":"/l.png"}}}', [another('/l.png')]],
    ['a top-level array', '[{"image":"/a.jpg"}]', [primary('/a.jpg')]],
    [
      'JavaScript comments',
      '{"image":"/a.jpg", // the picture\n /* and */ "x":"http://no-comment"}',
      [primary('/a.jpg')],
    ],
    ['trailing commas', '{"image":["/a.jpg",],}', [primary('/a.jpg')]],
    ['raw control characters', '{"name":"two\nlines\tand","image":"/a.jpg"}', [primary('/a.jpg')]],
    ['an HTML comment around it', '<!-- {"image":"/a.jpg"} -->', [primary('/a.jpg')]],
    [
      'an HTML comment inside a string',
      '{"d":"<!-- x --><b>some\ntext</b>","image":"/a.jpg"}',
      [primary('/a.jpg')],
    ],
    ['CDATA', '//<![CDATA[\n{"image":"/a.jpg"}\n//]]>', [primary('/a.jpg')]],
    ['a semicolon', '{"image":"/a.jpg"};', [primary('/a.jpg')]],
    ['entities for quotes', '{&quot;image&quot;:&quot;/a.jpg&quot;}', [primary('/a.jpg')]],
    ['nonsense', '{"image": oh no', []],
  ]
  it.each(cases)('reads %s', (_, json, expected) => {
    expect(find(json)).toEqual(expected)
  })

  it('keeps the bounds and caption of an ImageObject', () => {
    const html =
      '<script type="application/ld+json">{"image":{"url":"/a.jpg","width":"1200px","height":{"value":800},"caption":"Red"}}</script>'
    expect(findOnPage({ html, url }).candidates[0]).toMatchObject({
      declared: { width: 1200, height: 800 },
      altText: 'Red',
      foundIn: 'json-ld',
    })
  })
})
