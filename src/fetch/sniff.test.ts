import { expect, it } from 'vitest'
import { picture } from './local-server.suite.ts'
import { likeness } from './sniff.ts'

it.each<[string, string | Uint8Array]>([
  ['html', '<!DOCTYPE html><p>'],
  ['html', '\ufeff \n<!-- a > b --><HTML>'],
  ['html', '<?xml version="1.0"?><!DOCTYPE html PUBLIC "x">'],
  ['html', '<h1>404</h1>'],
  ['html', Buffer.from('\ufeff<html>', 'utf16le')],
  ['svg', '<?xml version="1.0"?>\n<!-- x --><svg xmlns="y">'],
  ['text', '{"error":"x"}'],
  ['text', 'Not found'],
  ['text', '<rss version="2.0">'],
  ['text', '<!-- never ends'],
  ['binary', picture],
  ['binary', 'GIF89aABCDEF'],
  ['binary', '\x89PNG\r\n\x1a\n'],
  ['binary', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10])],
  ['empty', ''],
])('knows %s in %j', (expected, start) => {
  expect(likeness(Buffer.from(start))).toBe(expected)
})
