import { describe, expect, it } from 'vitest'
import { pageText } from './page-text.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')
// «Привет» in windows-1251.
const cyrillic = latin1('\xcf\xf0\xe8\xe2\xe5\xf2')
const utf16 = (text: string) => Buffer.from(text, 'utf16le')

describe('the text of a page', () => {
  it.each<[string, Uint8Array, string | null, string]>([
    ['is UTF-8 when nothing is said and the bytes are', Buffer.from('Größe'), null, 'Größe'],
    ['is windows-1252 when nothing is said and they are not', latin1('Gr\xf6\xdfe \x80'), null, 'Größe €'],
    ['is what the header says', cyrillic, 'text/html; charset=windows-1251', 'Привет'],
    ['is what a quoted header says', cyrillic, 'text/html;Charset="CP1251"', 'Привет'],
    [
      'is what the page says',
      Buffer.concat([Buffer.from('<meta charset=windows-1251>'), cyrillic]),
      'text/html',
      '<meta charset=windows-1251>Привет',
    ],
    [
      'is what the page says the old way',
      Buffer.concat([
        Buffer.from('<META http-equiv="Content-Type" content="text/html; charset=windows-1251">'),
        cyrillic,
      ]),
      null,
      '<META http-equiv="Content-Type" content="text/html; charset=windows-1251">Привет',
    ],
    [
      'is what the XML declaration says',
      Buffer.concat([Buffer.from('<?xml version="1.0" encoding="windows-1251"?>'), cyrillic]),
      null,
      '<?xml version="1.0" encoding="windows-1251"?>Привет',
    ],
    [
      'is UTF-8 in spite of a declaration if the bytes are',
      Buffer.from('<meta charset=windows-1251>Привет'),
      'text/html; charset=windows-1251',
      '<meta charset=windows-1251>Привет',
    ],
    [
      'is UTF-8 that was damaged, if it is declared',
      Buffer.concat([Buffer.from('Größe'), latin1('\xff')]),
      'text/html; charset=utf-8',
      'Größe\ufffd',
    ],
    [
      'begins after a byte order mark, which decides',
      Buffer.from('\ufeffGröße'),
      'text/html; charset=windows-1251',
      'Größe',
    ],
    ['is UTF-16 by its mark', Buffer.concat([latin1('\xff\xfe'), utf16('Größe')]), null, 'Größe'],
    ['is UTF-16 by its header', utf16('Größe'), 'text/html; charset=utf-16le', 'Größe'],
    [
      'is not UTF-16 by its own word, which is ASCII',
      Buffer.from('<meta charset="utf-16">Größe'),
      null,
      '<meta charset="utf-16">Größe',
    ],
    ['is Japanese in seven bits', latin1('\x1b$B$3$s\x1b(B'), 'text/html; charset=iso-2022-jp', 'こん'],
    ['is Shift_JIS', latin1('\x82\xb1\x82\xf1'), 'text/html; charset=Shift_JIS', 'こん'],
    ['is Chinese in GBK', latin1('\xc4\xe3\xba\xc3'), 'text/html; charset=gb2312', '你好'],
    ['is not UTF-7, which no browser knows', Buffer.from('+ADw-'), 'text/html; charset=utf-7', '+ADw-'],
    ['has no NUL', Buffer.from('a\0b'), null, 'a\ufffdb'],
    ['may be nothing', Buffer.alloc(0), null, ''],
  ])('%s', (_what, bytes, contentType, expected) => {
    expect(pageText(bytes, contentType)).toBe(expected)
  })
})
