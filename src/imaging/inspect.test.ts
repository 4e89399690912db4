import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { codeIn } from './codes.suite.ts'
import { inspect as inspectWithin } from './inspect.ts'
import { logo, product, scene } from './pictures.suite.ts'

const inspect = (bytes: Uint8Array) => inspectWithin(bytes, { maxPixels: 50e6, maxFrames: 500 })

describe('inspect', () => {
  it('reads JPEG, PNG, WebP, GIF and AVIF by their content', async () => {
    const picture = scene(1)
    const files = {
      'image/jpeg': await picture.clone().jpeg().toBuffer(),
      'image/png': await picture.clone().png().toBuffer(),
      'image/webp': await picture.clone().webp().toBuffer(),
      'image/gif': await picture.clone().gif().toBuffer(),
      'image/avif': await picture.clone().avif({ effort: 0 }).toBuffer(),
    }
    for (const [mediaType, bytes] of Object.entries(files))
      expect(await inspect(bytes)).toMatchObject({
        mediaType,
        bounds: { width: 640, height: 480 },
        frames: 1,
        byteSize: bytes.length,
        digest: createHash('sha256').update(bytes).digest('hex'),
        hasAlpha: false,
      })
  })

  it('gives bounds and likeness of the upright picture', async () => {
    const upright = await inspect(await scene(2).jpeg().toBuffer())
    const onItsSide = await scene(2).rotate(-90).jpeg().withMetadata({ orientation: 6 }).toBuffer()
    expect(await sharp(onItsSide).metadata()).toMatchObject({ width: 480, height: 640 })
    const facts = await inspect(onItsSide)
    expect(facts.bounds).toEqual(upright.bounds)
    expect(facts.likenessHash).toBe(upright.likenessHash)
  })

  it('counts the frames of an animation and takes its facts from the first', async () => {
    const frames = await Promise.all([1, 2, 3].map((seed) => scene(seed, 80, 60).png().toBuffer()))
    const animation = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer()
    const facts = await inspect(animation)
    expect(facts).toMatchObject({ frames: 3, bounds: { width: 80, height: 60 } })
    await expect(codeIn(inspectWithin(animation, { maxPixels: 50e6, maxFrames: 2 }))).resolves.toMatchObject({
      code: 'image_too_large',
      details: { setting: 'IMAGING_MAX_FRAMES', measured: 3 },
    })
  })

  it('calls transparency only what lets the ground show through', async () => {
    const opaque = await scene(3).ensureAlpha(1).png().toBuffer()
    const clear = await scene(3).ensureAlpha(0.5).png().toBuffer()
    expect((await inspect(opaque)).hasAlpha).toBe(false)
    expect((await inspect(clear)).hasAlpha).toBe(true)
  })

  it('reads grey, palette, 16-bit and CMYK pictures as it reads others', async () => {
    const same = await inspect(await scene(4).jpeg().toBuffer())
    const odd = [
      await scene(4).png({ palette: true }).toBuffer(),
      await scene(4).toColourspace('rgb16').png().toBuffer(),
      await scene(4).toColourspace('cmyk').jpeg().toBuffer(),
      await scene(4).jpeg({ progressive: true }).toBuffer(),
    ]
    for (const bytes of odd) expect((await inspect(bytes)).brightness).toBeCloseTo(same.brightness, 1)
    const grey = await inspect(await scene(4).greyscale().png().toBuffer())
    expect(grey.colourfulness).toBe(0)
    expect(Math.abs(grey.brightness - same.brightness)).toBeLessThan(0.1)
  })

  it('measures what people see', async () => {
    const sharpOne = await inspect(await scene(5).jpeg().toBuffer())
    const blurred = await inspect(await scene(5).blur(6).jpeg().toBuffer())
    const dark = await inspect(await scene(5).linear(0.3, 0).jpeg().toBuffer())
    const faint = await inspect(await scene(5).linear(0.3, 150).jpeg().toBuffer())
    const plain = await inspect(await product(5).jpeg().toBuffer())
    const drawn = await inspect(await logo().png().toBuffer())
    expect(blurred.sharpness).toBeLessThan(sharpOne.sharpness * 0.7)
    expect(dark.brightness).toBeLessThan(sharpOne.brightness * 0.4)
    expect(faint.contrast).toBeLessThan(sharpOne.contrast * 0.4)
    expect(plain.border).toMatchObject({ plainness: 1, threeSides: 1 })
    expect(plain.border.lightness).toBeGreaterThan(0.99)
    expect(plain.clippedLight).toBeGreaterThan(0.5)
    expect(sharpOne.border.plainness).toBeLessThan(0.5)
    expect(drawn.flatness).toBeGreaterThan(0.6)
    expect(sharpOne.flatness).toBeLessThan(0.1)
    expect(drawn.subjectColour).toEqual([200, 20, 40].map((level) => expect.closeTo(level, -1.5) as number))
  })

  it('takes a picture of one pixel and one of one colour without stumbling', async () => {
    for (const [width, height] of [
      [1, 1],
      [3, 2],
      [1, 900],
      [50, 50],
    ] as const) {
      const facts = await inspect(
        await sharp({ create: { width, height, channels: 3, background: 'green' } })
          .png()
          .toBuffer(),
      )
      const numbers = Object.values({ ...facts, ...facts.border }).filter((one) => typeof one === 'number')
      expect(numbers.filter((one) => !Number.isFinite(one))).toEqual([])
      expect(facts.likenessHash).toMatch(/^[0-9a-f]{16}$/)
    }
  })

  it('gives the same facts for the same bytes', async () => {
    const bytes = await scene(6).webp().toBuffer()
    expect(await inspect(bytes)).toEqual(await inspect(bytes))
  })
})

describe('inspect refuses', () => {
  it('more pixels than allowed, before it decodes any', async () => {
    // 32 bytes that claim 16383×16383 lossless pixels and would take 2 GB.
    const bomb = Buffer.from('5249464618000000574542505650384c0b0000002ffebfff0f00000000000000', 'hex')
    const refusal = await codeIn(inspect(bomb))
    expect(refusal).toMatchObject({
      code: 'image_too_large',
      details: { setting: 'IMAGING_MAX_PIXELS' },
    })
    const jpeg = await scene(7).jpeg().toBuffer()
    expect(await codeIn(inspectWithin(jpeg, { maxPixels: 1000, maxFrames: 1 }))).toMatchObject({
      code: 'image_too_large',
      details: { setting: 'IMAGING_MAX_PIXELS', measured: 640 * 480 },
    })
  })

  it.each([
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'image_unsupported'],
    ['an SVG after much white space', `${' '.repeat(1100)}<svg width="9" height="9"/>`, 'image_unsupported'],
    ['a TIFF', 'II*\0\b\0\0\0', 'image_unsupported'],
    ['a BMP', 'BM\x3a\0\0\0', 'image_unsupported'],
    ['an icon', '\0\0\x01\0\x01\0', 'image_unsupported'],
    ['a HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'image_unsupported'],
    ['a web page', '<!DOCTYPE html><html><body>Not found</body></html>', 'not_an_image'],
    ['JSON', '{"error":"not found"}', 'not_an_image'],
    ['nothing', '', 'not_an_image'],
    ['a script behind a GIF’s first letters', 'GIF89a<script>alert(1)</script>', 'image_corrupt'],
    ['a JPEG’s first letters alone', '\xff\xd8\xff', 'image_corrupt'],
    ['a PNG’s first letters alone', '\x89PNG\r\n\x1a\n', 'image_corrupt'],
  ])('%s', async (_, text, code) => {
    expect(await codeIn(inspect(Buffer.from(text, 'latin1')))).toMatchObject({ code })
  })

  it.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('a %s that was cut off', async (format) => {
    const whole = await scene(8).toFormat(format).toBuffer()
    for (const share of [0.1, 0.5, 0.9, 0.99]) {
      const cut = whole.subarray(0, Math.floor(whole.length * share))
      expect(await codeIn(inspect(cut))).toMatchObject({ code: 'image_corrupt' })
    }
  })

  it('a progressive JPEG that was cut off between two scans', async () => {
    const whole = await scene(9).jpeg({ progressive: true }).toBuffer()
    const cut = whole.subarray(0, whole.lastIndexOf(Buffer.from([0xff, 0xda])))
    expect(await codeIn(inspect(cut))).toMatchObject({ code: 'image_corrupt' })
  })
})

describe('inspect lets pass', () => {
  it('whole pictures with something behind their end', async () => {
    for (const format of ['jpeg', 'png', 'webp', 'gif'] as const) {
      const odd = Buffer.concat([await scene(10).toFormat(format).toBuffer(), Buffer.from('\0\0trailing')])
      expect((await inspect(odd)).bounds).toEqual({ width: 640, height: 480 })
    }
  })

  it('pictures that lack only the last byte of a PNG or GIF', async () => {
    for (const format of ['png', 'gif'] as const) {
      const whole = await scene(11).toFormat(format).toBuffer()
      expect((await inspect(whole.subarray(0, -1))).bounds).toEqual({ width: 640, height: 480 })
    }
  })
})
