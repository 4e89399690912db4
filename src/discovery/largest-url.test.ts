import { describe, expect, it } from 'vitest'
import { largestUrl, sizeKey } from './largest-url.ts'
import type { SizedUrl } from './largest-url.ts'

const shown = (path: string, more: Partial<SizedUrl> = {}): SizedUrl => ({
  url: `https://a.example${path}`,
  grade: 'shown',
  ...more,
})

describe('largestUrl', () => {
  it.each<readonly [string, readonly SizedUrl[], string]>([
    ['the widest descriptor', [shown('/a', { width: 100 }), shown('/b', { width: 900 }), shown('/c')], '/b'],
    ['the densest', [shown('/a'), shown('/b', { density: 2 })], '/b'],
    [
      "a link's target before what is shown",
      [shown('/a.jpg'), shown('/b.jpg', { grade: 'large' })],
      '/b.jpg',
    ],
    [
      'what comes later before what is shown',
      [shown('/a.jpg'), shown('/b.jpg', { grade: 'later' })],
      '/b.jpg',
    ],
    ['the larger size in the URL', [shown('/a-300x200.jpg'), shown('/a-900x600.jpg')], '/a-900x600.jpg'],
    ['the whole before its sizes', [shown('/a-900x600.jpg'), shown('/a.jpg')], '/a.jpg'],
    ['the whole before a small one that is asked for', [shown('/b.jpg?w=700'), shown('/b.jpg')], '/b.jpg'],
    ['the first of equals', [shown('/a.jpg'), shown('/b.jpg')], '/a.jpg'],
  ])('takes %s', (_, urls, path) => {
    expect(new URL(largestUrl(urls).url).pathname).toBe(path)
  })
})

describe('largestUrl of a service', () => {
  it('takes the large one that is asked for before the one that comes unasked', () => {
    expect(largestUrl([shown('/i/1?w=400'), shown('/i/1'), shown('/i/1?w=1500')]).url).toContain('?w=1500')
  })
})

describe('sizeKey', () => {
  it.each([
    ['https://a.example/p/a-300x300.jpg', 'https://a.example/p/a.jpg', 300],
    ['https://m.example/images/I/81abc._AC_SX679_.jpg', 'https://m.example/images/I/81abc.jpg', 679],
    [
      'https://i.example/images/g/8kAAOSwd9fX/s-l300.jpg',
      'https://i.example/images/g/8kAAOSwd9fX/s-l1600.jpg',
      300,
    ],
    ['https://a.example/a.jpg?w=320&q=80', 'https://a.example/a.jpg?w=1200', 320],
    ['https://a.example/big/a.jpg', 'https://a.example/small/a.webp', 1000],
    ['https://a.example/x/a.jpg/480x360.webp', 'https://a.example/x/a.jpg', 480],
    ['https://a.example/f/a/image;s=780x0;q=60', 'https://a.example/f/a/image', 780],
    [
      'https://m.media-amazon.com/images/I/31+uJ9UDkAZL._CB485955017_SR285,285_.jpg',
      'https://images-na.ssl-images-amazon.com/images/I/31%2BuJ9UDkAZL.jpg',
      285,
    ],
    [
      'https://avatars.example/get-mpic/931379/img_id3546603816735592279.jpeg/1hq',
      'https://market.example/files/img_id3546603816735592279.jpeg',
      null,
    ],
    [
      'https://a.example/thumb/5c4a2c10221393797c91a2cf/sconce.jpg',
      'https://b.example/enlarge/5c4a2c10221393797c91a2cf/sconce.jpg',
      120,
    ],
    ['https://a.example/a.jpg/constructor', 'https://a.example/a.jpg', null],
    ['https://a.example/clogo_1_max_100x65.png', 'https://a.example/clogo_1.png', 100],
    ['https://a.example/x/original/aa.jpeg?im_w=720', 'https://a.example/x/original/aa.jpeg', 720],
    ['https://a.example/a@2x.png', 'https://a.example/a.png', null],
  ])('knows %s for the picture of %s', (one, other, width) => {
    expect(sizeKey(one).key).toBe(sizeKey(other).key)
    expect(sizeKey(one).width).toBe(width)
  })

  it.each([
    ['https://a.example/a-1.jpg', 'https://a.example/a-2.jpg'],
    ['https://a.example/i?id=1&w=3', 'https://a.example/i?id=2&w=3'],
    [
      'https://a.example/5c4a2c10221393797c91a2cf/photo.jpg',
      'https://a.example/5c4a2c72221393797c91a3bd/photo.jpg',
    ],
    ['https://a.example/2019/IMG_0001.jpg', 'https://a.example/2020/IMG_0001.jpg'],
    ['https://a.example/300x200.jpg', 'https://a.example/600x400.jpg'],
  ])('keeps %s apart from %s', (one, other) => {
    expect(sizeKey(one).key).not.toBe(sizeKey(other).key)
  })
})
