import { describe, expect, it } from 'vitest'
import { pageMetas } from './page-metas.ts'

describe('the meta elements of a page', () => {
  it.each<[string, [string, string][]]>([
    ['<meta name="robots" content="noai, noimageai">', [['robots', 'noai, noimageai']]],
    ['<META\nCONTENT=noai NAME = Robots />', [['robots', 'noai']]],
    [
      `<meta name='robots' content='a > "b"'><meta name=x content=1>`,
      [
        ['robots', 'a > "b"'],
        ['x', '1'],
      ],
    ],
    ['<meta name=robots name=other content=a content=b>', [['robots', 'a']]],
    ['<meta property="og:image" content="x"><meta charset=utf-8>', []],
    ['<meta name=robots>', [['robots', '']]],
    ['<metadata name=robots content=noai><metaname=robots>', []],
    ['<!-- <meta name=robots content=noai> -->', []],
    ['<!-- <meta name=robots content=noai>', []],
    ['<script>"<meta name=robots content=noai>"</script><meta name=a content=b>', [['a', 'b']]],
    ['<title><meta name=robots content=noai></TITLE><meta name=a content=b>', [['a', 'b']]],
    ['<template><meta name=robots content=noai></template>', []],
    ['<noscript><meta name=robots content=noai></noscript>', [['robots', 'noai']]],
    ['<meta name="robots content=noai>', []],
  ])('in %s', (html, expected) => {
    expect(pageMetas(html).map(({ name, content }) => [name, content])).toEqual(expected)
  })

  it.each([
    ['<meta '],
    ['<meta name="'],
    ['<!--'],
    ['<script>'],
    ['<'],
    ['<meta a='],
    ['<meta' + ' '.repeat(500)],
  ])('take no longer in a page made of %j', (piece) => {
    const html = piece.repeat(5_000_000 / piece.length)
    const since = performance.now()
    pageMetas(html)
    expect(performance.now() - since).toBeLessThan(3000)
  })
})
