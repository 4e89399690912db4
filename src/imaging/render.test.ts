import sharp, { type Metadata } from 'sharp'
import { describe, expect, it } from 'vitest'
import { codeIn } from './codes.suite.ts'
import { product, scene } from './pictures.suite.ts'
import { render as renderWithin } from './render.ts'
import { specDigest, type VariantSpec } from './variant-spec.ts'

const limits = { maxPixels: 50e6, maxFrames: 500 }
const spec: VariantSpec = {
  name: 'thumb',
  width: 320,
  height: 320,
  fit: 'inside',
  format: 'webp',
  quality: 80,
}
const render = (bytes: Uint8Array, changes: Partial<VariantSpec>) =>
  renderWithin(bytes, { ...spec, ...changes }, limits)

const metadata = ({ bytes }: { bytes: Uint8Array }): Promise<Metadata> => sharp(bytes).metadata()

describe('render', () => {
  it('makes WebP and JPEG of the size that it says', async () => {
    const bytes = await scene(1, 800, 600).jpeg().toBuffer()
    for (const format of ['webp', 'jpeg'] as const) {
      const rendered = await render(bytes, { format })
      expect(rendered).toMatchObject({
        mediaType: `image/${format}`,
        extension: format === 'jpeg' ? 'jpg' : 'webp',
        bounds: { width: 320, height: 240 },
      })
      expect(await metadata(rendered)).toMatchObject({ format, width: 320, height: 240 })
    }
  })

  it.each([
    // source, box, inside, cover, contain
    [
      [800, 600],
      [400, 400],
      [400, 300],
      [400, 400],
      [400, 400],
    ],
    [
      [800, 600],
      [400, null],
      [400, 300],
      [400, 300],
      [400, 300],
    ],
    [
      [800, 600],
      [null, 300],
      [400, 300],
      [400, 300],
      [400, 300],
    ],
    [
      [800, 600],
      [null, null],
      [800, 600],
      [800, 600],
      [800, 600],
    ],
    [
      [200, 100],
      [400, 400],
      [200, 100],
      [100, 100],
      [200, 200],
    ],
    [
      [200, 100],
      [50, 400],
      [50, 25],
      [13, 100],
      [50, 400],
    ],
    [
      [900, 3],
      [100, 100],
      [100, 1],
      [3, 3],
      [100, 100],
    ],
  ])('fits %j into %j and never enlarges', async ([width, height], [boxWidth, boxHeight], ...expected) => {
    const bytes = await scene(2, width, height).png().toBuffer()
    for (const [index, fit] of (['inside', 'cover', 'contain'] as const).entries()) {
      const rendered = await render(bytes, { fit, width: boxWidth, height: boxHeight })
      expect([fit, rendered.bounds.width, rendered.bounds.height]).toEqual([fit, ...expected[index]!])
    }
  })

  it('turns pictures upright and leaves no metadata behind', async () => {
    const bytes = await scene(3, 400, 300)
      .jpeg()
      .withExif({ IFD0: { Copyright: 'planted-secret' } })
      .withMetadata({ orientation: 6 })
      .toBuffer()
    for (const format of ['webp', 'jpeg'] as const) {
      const rendered = await render(bytes, { format })
      expect(rendered.bounds).toEqual({ width: 240, height: 320 })
      const { exif, xmp, icc, orientation } = await metadata(rendered)
      expect({ exif, xmp, icc, orientation }).toEqual({})
      expect(Buffer.from(rendered.bytes).includes('planted-secret')).toBe(false)
    }
  })

  it('keeps transparency where the format has it, and lays on white where not', async () => {
    const clear = await product(4).ensureAlpha(0).png().toBuffer()
    expect((await metadata(await render(clear, { format: 'webp' }))).hasAlpha).toBe(true)
    const laid = await render(clear, { format: 'jpeg' })
    const { channels } = await sharp(laid.bytes).stats()
    expect(channels.map(({ min }) => min > 250)).toEqual([true, true, true])
  })

  it('brings other colour spaces to sRGB', async () => {
    const wide = await scene(5).withIccProfile('p3').jpeg().toBuffer()
    const plain = await scene(5).jpeg().toBuffer()
    const cmyk = await scene(5).toColourspace('cmyk').jpeg().toBuffer()
    const means = await Promise.all(
      [wide, plain, cmyk].map(async (bytes) => {
        const rendered = await render(bytes, { format: 'jpeg', quality: 95 })
        expect(await metadata(rendered)).toMatchObject({ space: 'srgb' })
        return (await sharp(rendered.bytes).stats()).channels.map(({ mean }) => mean)
      }),
    )
    for (const mean of means)
      for (const [channel, level] of mean.entries())
        expect(Math.abs(level - means[1]![channel]!)).toBeLessThan(25)
  })

  it('refuses what inspecting refuses', async () => {
    expect(await codeIn(render(Buffer.from('<html></html>'), {}))).toMatchObject({ code: 'not_an_image' })
    const cut = (await scene(6).png().toBuffer()).subarray(0, 2000)
    expect(await codeIn(render(cut, {}))).toMatchObject({ code: 'image_corrupt' })
    const large = await scene(6).jpeg().toBuffer()
    expect(await codeIn(renderWithin(large, spec, { maxPixels: 999, maxFrames: 1 }))).toMatchObject({
      code: 'image_too_large',
    })
  })
})

describe('a spec’s digest', () => {
  it('is the same for the same pixels, in whatever order and under whatever name', () => {
    const { name, ...rest } = spec
    expect(specDigest({ ...rest, name: `${name}-again` })).toBe(specDigest(spec))
    expect(specDigest(spec)).toMatch(/^[0-9a-f]{64}$/)
  })

  it('differs when anything that shows differs', () => {
    const others: Partial<VariantSpec>[] = [
      { width: 321 },
      { height: null },
      { fit: 'cover' },
      { format: 'jpeg' },
      { quality: 81 },
    ]
    const digests = others.map((change) => specDigest({ ...spec, ...change }))
    expect(new Set([...digests, specDigest(spec)]).size).toBe(others.length + 1)
  })
})
