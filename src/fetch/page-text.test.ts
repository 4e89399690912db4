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

  const undeclared: readonly (readonly [string, string, string])[] = [
    [
      'windows-1251',
      'Продава се автомобил в отлично състояние, първи собственик',
      'cff0eee4e0e2e020f1e520e0e2f2eeeceee1e8eb20e220eef2ebe8f7edee20f1faf1f2eeffede8e52c20effaf0e2e820f1eee1f1f2e2e5ede8ea',
    ],
    [
      'KOI8-R',
      'Продается автомобиль в отличном состоянии, один владелец, сервисная книжка',
      'f0d2cfc4c1c5d4d3d120c1d7d4cfcdcfc2c9ccd820d720cfd4ccc9dececfcd20d3cfd3d4cfd1cec9c92c20cfc4c9ce20d7ccc1c4c5ccc5c32c20d3c5d2d7c9d3cec1d120cbcec9d6cbc1',
    ],
    [
      'GBK',
      '出售二手汽车，车况良好，一手车主，保养记录齐全',
      'b3f6cadbb6fecad6c6fbb3b5a3acb3b5bff6c1bcbac3a3acd2bbcad6b3b5d6f7a3acb1a3d1f8bcc7c2bcc6ebc8ab',
    ],
    [
      'Big5',
      '出售二手汽車，車況良好，一手車主，保養記錄齊全',
      'a558b0e2a447a4e2a854a8aea141a8aeaa70a87da66ea141a440a4e2a8aea544a141ab4fbe69b04fbffdbbf4a5fe',
    ],
    [
      'Shift_JIS',
      '中古車を販売しています。状態は良好で、ワンオーナーです',
      '92868cc38ed482f094cc948482b582c482a282dc82b781428ff391d482cd97c78d4482c58141838f83938349815b8369815b82c582b7',
    ],
    [
      'EUC-JP',
      '中古車を販売しています。状態は良好で、ワンオーナーです',
      'c3e6b8c5bcd6a4f2c8cec7e4a4b7a4c6a4a4a4dea4b9a1a3bef5c2d6a4cfcec9b9a5a4c7a1a2a5efa5f3a5aaa1bca5caa1bca4c7a4b9',
    ],
    [
      'EUC-KR',
      '중고차를 판매합니다. 상태가 좋고 가격은 협의 가능합니다',
      'c1dfb0edc2f7b8a620c6c7b8c5c7d5b4cfb4d92e20bbf3c5c2b0a120c1c1b0ed20b0a1b0ddc0ba20c7f9c0c720b0a1b4c9c7d5b4cfb4d9',
    ],
    [
      'windows-1250',
      'Sprzedam samochód w bardzo dobrym stanie, pierwszy właściciel, książka serwisowa. Żółty',
      '5370727a6564616d2073616d6f6368f364207720626172647a6f20646f6272796d207374616e69652c207069657277737a792077b3619c63696369656c2c206b7369b9bf6b61207365727769736f77612e20aff3b37479',
    ],
    [
      'windows-1252',
      'Größe und Preis für die schöne Küche, élégante voiture à vendre près de Genève – 20 €',
      '4772f6df6520756e642050726569732066fc722064696520736368f66e65204bfc6368652c20e96ce967616e746520766f697475726520e02076656e647265207072e8732064652047656ee8766520962032302080',
    ],
  ]
  it.each(undeclared)('is %s where the letters look like it and nothing is said', (_, text, hex) => {
    const page = Buffer.concat([
      Buffer.from(
        '<!doctype html><html><head><meta name=viewport><script>var a = "b"</script></head><body><p>',
      ),
      Buffer.from(hex, 'hex'),
      Buffer.from('</p>'),
    ])
    expect(pageText(page, 'text/html')).toContain(`<p>${text}</p>`)
  })
})
