import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../test/shared-data.ts'
import { inspect } from './inspect.ts'
import { scene } from './pictures.suite.ts'
import { render } from './render.ts'

const limits = { maxPixels: 50e6, maxFrames: 500 }
const secret = 'planted-secret'
const strip = (bytes: Uint8Array) =>
  render(
    bytes,
    { name: 'full', width: null, height: null, fit: 'inside', format: 'lossless-strip', quality: 100 },
    limits,
  )

/** All frames as stored, not turned. */
const pixelsOf = (bytes: Uint8Array) => sharp(bytes, { animated: true }).raw().toBuffer()

/** A picture with GPS, copyright, XMP, a profile and an orientation, as cameras and editors write them. */
const telling = (picture: Sharp): Sharp =>
  picture
    .withExif({
      IFD0: { Copyright: secret, Model: secret },
      IFD2: { BodySerialNumber: secret },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100', GPSMapDatum: secret },
    })
    .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>${secret}</a></x:xmpmeta>`)
    .withIccProfile('p3')
    .withMetadata({ orientation: 6 })

async function expectClean(before: Uint8Array, orientation: number | undefined) {
  const { bytes, bounds, mediaType } = await strip(before)
  const { exif, xmp, iptc, icc, ...after } = await sharp(bytes).metadata()
  expect(Buffer.from(bytes).includes(secret)).toBe(false)
  expect(Buffer.from(bytes).includes('GPS')).toBe(false)
  // In an AVIF the blocks stay and are blank.
  expect([xmp, iptc].map((block) => block?.some(Boolean) ?? false)).toEqual([false, false])
  expect(exif?.filter(Boolean).length ?? 0).toBeLessThan(24)
  expect(after.orientation).toBe(orientation)
  expect(icc).toEqual((await sharp(before).metadata()).icc)
  expect(await pixelsOf(bytes)).toEqual(await pixelsOf(before))
  expect(await inspect(bytes, limits)).toMatchObject({ mediaType, bounds })
  return bytes
}

const withPngChunk = (png: Buffer, type: string, words: string) => {
  const body = Buffer.from(type + words, 'latin1')
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(words.length, 0)
  chunk.set(body, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)])
}

const trailing = Buffer.from(`<script>${secret}</script>`)

describe('lossless-strip keeps every pixel and tells nothing', () => {
  it('of a JPEG, with its comments, odd segments and what stands behind its end', async () => {
    for (const progressive of [false, true]) {
      const jpeg = await telling(scene(1).jpeg({ progressive })).toBuffer()
      const comment = Buffer.concat([
        Buffer.from([0xff, 0xfe, 0, secret.length + 2]),
        Buffer.from(secret),
        Buffer.from([0xff, 0xed, 0, secret.length + 2]),
        Buffer.from(secret),
      ])
      const bytes = await expectClean(
        Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2), trailing]),
        6,
      )
      expect(Buffer.from(bytes.subarray(-2))).toEqual(Buffer.from([0xff, 0xd9]))
    }
  })

  it('of a CMYK JPEG, whose Adobe segment says how its colours are meant', async () => {
    await expectClean(await scene(2).toColourspace('cmyk').jpeg().toBuffer(), undefined)
  })

  it('of a PNG, with its texts and times', async () => {
    const png = await telling(scene(3).png()).toBuffer()
    const wordy = ['tEXt', 'zTXt', 'iTXt', 'prVt'].reduce(
      (file, type) => withPngChunk(file, type, secret),
      png,
    )
    await expectClean(Buffer.concat([wordy, trailing]), 6)
  })

  it('of a WebP, lossy, lossless and animated', async () => {
    for (const lossless of [false, true])
      await expectClean(Buffer.concat([await telling(scene(4).webp({ lossless })).toBuffer(), trailing]), 6)
    const frames = await Promise.all([1, 2].map((seed) => scene(seed, 80, 60).png().toBuffer()))
    const animation = telling(sharp(frames, { join: { animated: true } }).webp())
    await expectClean(await animation.toBuffer(), 6)
  })

  it('of a GIF, which goes on looping', async () => {
    const frames = await Promise.all([1, 2].map((seed) => scene(seed, 80, 60).png().toBuffer()))
    const gif = await sharp(frames, { join: { animated: true } })
      .gif({ loop: 3, delay: [100, 200] })
      .toBuffer()
    const comment = Buffer.concat([
      Buffer.from([0x21, 0xfe, secret.length]),
      Buffer.from(secret),
      Buffer.of(0),
    ])
    const head = 13 + (gif[10]! & 0x80 ? 3 << ((gif[10]! & 7) + 1) : 0)
    const bytes = await expectClean(
      Buffer.concat([gif.subarray(0, head), comment, gif.subarray(head), trailing]),
      undefined,
    )
    expect(await sharp(bytes, { animated: true }).metadata()).toMatchObject({
      pages: 2,
      loop: 3,
      delay: [100, 200],
    })
  })

  it('of an AVIF', async () => {
    const avif = await sharp(await telling(scene(5, 200, 150).jpeg()).toBuffer())
      .autoOrient()
      .keepMetadata()
      .avif({ effort: 0 })
      .toBuffer()
    expect(avif.includes(secret)).toBe(true)
    await expectClean(avif, undefined)
  })
})

describe('lossless-strip', () => {
  it('leaves a picture without metadata as it is', async () => {
    for (const format of ['png', 'webp'] as const) {
      const bytes = await scene(6).toFormat(format).toBuffer()
      expect(Buffer.from((await strip(bytes)).bytes).equals(bytes)).toBe(true)
    }
  })

  it('reports the upright bounds', async () => {
    const bytes = await scene(7, 300, 200).jpeg().withMetadata({ orientation: 8 }).toBuffer()
    expect((await strip(bytes)).bounds).toEqual({ width: 200, height: 300 })
  })
})

const photos = sharedData('photos')
describe.skipIf(!photos)('lossless-strip of real photographs', () => {
  it('keeps every pixel, the orientation and nothing else of EXIF', async () => {
    const names = readdirSync(photos!).filter((name) => /^p\d+\./.test(name) && name !== 'p0085.jpg')
    let withGps = 0
    for (const name of names.filter((_, index) => index % 3 === 0)) {
      const before = readFileSync(path.join(photos!, name))
      if (before.byteLength > 3e6) continue
      const { exif, orientation } = await sharp(before).metadata()
      if (exif?.includes('GPS') || exif?.includes(Buffer.from([0x25, 0x88]))) withGps++
      const { bytes } = await strip(before)
      const after = await sharp(bytes).metadata()
      expect(after.orientation ?? 1).toBe(orientation ?? 1)
      if (after.exif) expect(after.exif.length).toBeLessThan(40)
      expect((await pixelsOf(bytes)).equals(await pixelsOf(before)), name).toBe(true)
    }
    expect(withGps).toBeGreaterThan(0)
  })
})
