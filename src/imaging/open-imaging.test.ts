import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { sharedData } from '../../test/shared-data.ts'
import type { MagpieError } from '../errors.ts'
import { readSettings } from '../settings.ts'
import { codeIn } from './codes.suite.ts'
import { imagingSettings, openImaging } from './open-imaging.ts'
import { scene } from './pictures.suite.ts'

const photos = ['IMG_0433.JPG', 'calla.webp'].map((name) =>
  readFileSync(path.join(import.meta.dirname, '../../test/site/photos', name)),
)
const thumb = { name: 'thumb', width: 320, height: 320, fit: 'inside', format: 'webp', quality: 80 } as const
const full = { ...thumb, name: 'full', width: null, height: null, format: 'lossless-strip' } as const
const opened = (environment: Readonly<Record<string, string>>) =>
  openImaging(readSettings(imagingSettings, environment))

const apart = opened({ IMAGING_PROCESSES: '2' })
const inside = opened({ IMAGING_PROCESSES: '0' })
afterAll(() => Promise.all([apart.close(), inside.close()]))

const shown = ({ code, message, details, cause }: MagpieError) => ({
  ...{ code, message },
  details: { ...details, cause: undefined },
  cause: String(cause),
})

describe('pictures decoded in processes of their own', () => {
  it('give the facts and the variants that they give in this one', async () => {
    for (const bytes of photos) {
      expect(await apart.inspect(bytes)).toEqual(await inside.inspect(bytes))
      for (const spec of [thumb, full]) {
        const rendered = await apart.render(bytes, spec)
        expect(rendered.bytes.byteLength).toBeGreaterThan(1000)
        expect(rendered).toEqual(await inside.render(bytes, spec))
      }
    }
  })

  it('are refused with the same code, sentence, measure and cause', async () => {
    const narrow = { IMAGING_MAX_PIXELS: '1000' }
    const rooms = [
      opened({ ...narrow, IMAGING_PROCESSES: '1' }),
      opened({ ...narrow, IMAGING_PROCESSES: '0' }),
    ]
    const whole = await scene(1).png().toBuffer()
    const damaged = Buffer.from(await scene(1, 20, 20).png().toBuffer()).fill(7, 60, 90)
    const refused = await Promise.all(
      rooms.map(async (room) => ({
        large: shown(await codeIn(room.inspect(whole))),
        damaged: shown(await codeIn(room.inspect(damaged))),
        none: shown(await codeIn(room.render(Buffer.from('<html>'), thumb))),
        nothing: shown(await codeIn(room.inspect(new Uint8Array()))),
      })),
    )
    await Promise.all(rooms.map((room) => room.close()))
    expect(refused[0]).toEqual(refused[1])
    expect(refused[0]).toMatchObject({
      large: { code: 'image_too_large', details: { setting: 'IMAGING_MAX_PIXELS', measured: 640 * 480 } },
      damaged: { code: 'image_corrupt' },
      none: { code: 'not_an_image' },
      nothing: { code: 'not_an_image' },
    })
  })

  it('wait while others are decoded, and stop waiting when told', async () => {
    for (const room of [apart, inside]) {
      const gone = AbortSignal.abort(new Error('nobody waits'))
      await expect(room.inspect(photos[0]!, gone)).rejects.toThrow('nobody waits')
      expect(room.stats()).toEqual({ running: 0, waiting: 0, restarts: 0, killed: 0 })
    }
  })

  it('have as many processes as there are cores, when nothing else is said', () => {
    expect(readSettings(imagingSettings, {}).IMAGING_PROCESSES).toBeNull()
    expect(() => readSettings(imagingSettings, { IMAGING_PROCESSES: '-1' })).toThrow('must be at least 0')
  })
})

const corpus = sharedData('malformed')

describe.skipIf(!corpus)('files that are odd, damaged or hostile', () => {
  it('end in the same facts or the same code wherever they are decoded', async () => {
    const files = readFileSync(path.join(corpus!, 'manifest.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { file: string }).file)
      .filter((_, index) => index % 8 === 1)
    const differing: string[] = []
    for (const file of files) {
      const bytes = readFileSync(path.join(corpus!, file))
      const [here, there] = await Promise.all(
        [inside, apart].map((room) =>
          room.inspect(bytes).then(
            (facts) => JSON.stringify(facts),
            (error: MagpieError) => error.code,
          ),
        ),
      )
      if (here !== there) differing.push(`${file}: ${here} here, ${there} in a process of its own`)
    }
    expect(files.length).toBeGreaterThan(200)
    expect(differing).toEqual([])
    expect(apart.stats()).toMatchObject({ restarts: 0, killed: 0 })
  })
})
