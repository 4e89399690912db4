import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../test/shared-data.ts'
import { MagpieError } from '../errors.ts'
import { inspect } from './inspect.ts'
import { render } from './render.ts'

const corpus = sharedData('malformed')
const limits = { maxPixels: 50e6, maxFrames: 500 }
const readHere = new Set(['jpeg', 'png', 'webp', 'gif', 'avif'])
const full = {
  name: 'full',
  width: null,
  height: null,
  fit: 'inside',
  format: 'lossless-strip',
  quality: 100,
} as const

interface Sample {
  readonly file: string
  readonly format: string
  readonly expected_action: 'accept' | 'either' | 'reject' | 'svg-policy'
}

async function verdictOn(file: string): Promise<string> {
  const bytes = readFileSync(path.join(corpus!, file))
  try {
    const facts = await inspect(bytes, limits)
    const stripped = await render(bytes, full, limits)
    const again = await inspect(stripped.bytes, limits)
    return again.likenessHash === facts.likenessHash ? 'facts' : 'changed by stripping'
  } catch (error) {
    return error instanceof MagpieError ? error.code : `uncoded: ${String(error)}`
  }
}

describe.skipIf(!corpus)('files that are odd, damaged or hostile', () => {
  it('end in facts or in one code, the whole ones read and the damaged refused', async () => {
    const samples = readFileSync(path.join(corpus!, 'manifest.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Sample)
      .filter((_, index) => index % 4 === 0)
    const wrong: string[] = []
    const counts = { accept: 0, refused: 0, reject: 0, read: 0 }
    const codes = new Set(['facts', 'not_an_image', 'image_unsupported', 'image_corrupt', 'image_too_large'])
    for (const { file, format, expected_action } of samples) {
      const verdict = await verdictOn(file)
      if (!codes.has(verdict)) wrong.push(`${file}: ${verdict}`)
      if (!readHere.has(format) && verdict === 'facts') wrong.push(`${file}: ${format} was read`)
      if (!readHere.has(format)) continue
      if (expected_action === 'accept') {
        counts.accept++
        if (verdict !== 'facts') counts.refused++
      } else if (expected_action === 'reject') {
        counts.reject++
        if (verdict === 'facts') counts.read++
      }
    }
    console.info(
      `malformed: ${counts.refused} of ${counts.accept} whole ones refused, ${counts.read} of ${counts.reject} damaged ones read`,
    )
    expect(wrong).toEqual([])
    expect(counts.refused / counts.accept).toBeLessThanOrEqual(0.01)
    expect(counts.read / counts.reject).toBeLessThanOrEqual(0.06)
  })
})
