import { describe, expect, it } from 'vitest'
import { findOnPage } from '../find.ts'
import { looksLikeShell } from './shell.ts'

const whyOf = (html: string) =>
  looksLikeShell({ html, candidates: findOnPage({ html, url: 'https://shop.example/' }).candidates })

const script = '<script type="module" src="/assets/index.js"></script>'
const text = '<p>' + 'A long story about a chair. '.repeat(60) + '</p>'
const photos = '<img src="/a.jpg" width=800 height=600><img src="/b.jpg" width=800 height=600>'

describe('a page that is a shell', () => {
  it.each([
    ['of React', `<div id="root"></div>${script}`, '#root'],
    ['of Vue, with a spinner', `<div id=app><div class=spinner>Loading…</div></div>${script}`, '#app'],
    ['of Next', `<div id="__next"></div>${script}`, '#__next'],
    ['whose script stands in it', '<div id="root"></div><script>fetch("/api").then(show)</script>', '#root'],
    [
      'whose module stands in it',
      '<div id="root"></div><script type=module>import "/m.js"</script>',
      '#root',
    ],
    ['of Angular', `<app-root></app-root>${script}`, '<app-root>'],
    [
      'with a picture for others to share',
      `<meta property="og:image" content="/share.jpg"><div id=root></div>${script}`,
      '#root',
    ],
    [
      'with a header of its own',
      `<header><a href="/"><img src="/logo.svg"></a> Shop Cart Help</header><div id=app></div>${script}`,
      '#app',
    ],
    [
      'that says so',
      `<noscript>You need to enable JavaScript to run this app.</noscript><div></div>${script}`,
      'JavaScript',
    ],
    [
      'that says so in German',
      `<noscript>Bitte aktivieren Sie JavaScript.</noscript><div></div>${script}`,
      'JavaScript',
    ],
    ['of a framework of its own', `<div class="x"></div>${script}`, 'hardly any text'],
  ])('is told: %s', (_, body, why) => {
    expect(whyOf(`<!doctype html><title>Shop</title><body>${body}`)).toContain(why)
  })

  it.each([
    ['one with pictures', `<div id=root>${photos}</div>${script}`],
    [
      'one whose pictures stand in its data',
      `<div id=root></div><script type="application/json">{"gallery":[{"image":"/a.jpg"},{"image":"/b.jpg"}]}</script>${script}`,
    ],
    ['an article without pictures', `<noscript>Please enable JavaScript.</noscript>${text}${script}`],
    ['a short page without scripts', '<p>Nothing here.</p>'],
    ['a page with a widget that is empty', `${text}${text}<div id=app></div>${script}`],
    ['a short page with a counter', '<p>Nothing here.</p><div id=app></div><script>var visits = 1</script>'],
    ['an empty page', ''],
    ['what is no page', '\u0000\u0001<<<'],
  ])('is not %s', (_, html) => {
    expect(whyOf(html)).toBeNull()
  })

  it('is told in time, however large or deep', () => {
    const deep = '<div>'.repeat(10_000) + script
    const many = '<noscript>enable'.repeat(100_000) + script
    const since = performance.now()
    whyOf(deep)
    whyOf(many)
    expect(performance.now() - since).toBeLessThan(5000)
  })
})
