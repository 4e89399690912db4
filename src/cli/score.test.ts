import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectComplaint, run } from './given.suite.ts'

const photograph = path.join(import.meta.dirname, '../../test/site/photos')

describe('magpie score', () => {
  let folder: string
  let picture: string
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'magpie-score-'))
    picture = path.join(folder, 'picture.jpg')
    const name = readdirSync(photograph).find((one) => one.endsWith('.jpg'))!
    copyFileSync(path.join(photograph, name), picture)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('says what a picture is worth, part by part, each with what was measured', async () => {
    const { code, out } = await run(['score', picture])
    expect(code).toBe(0)
    expect(out).toMatch(/image\/jpeg, \d+×\d+, (?:product|lifestyle), score \d+/)
    for (const part of ['resolution', 'sharpness', 'detail', 'exposure', 'contrast', 'shape', 'context'])
      expect(out).toMatch(new RegExp(`^ *${part} +\\d+\\.\\d +\\d+ +\\S`, 'm'))
  })

  it('adds up: the score is the sum of its parts', async () => {
    const { out } = await run(['score', picture, '--json', '--kind', 'vehicle'])
    const { score, parts } = JSON.parse(out) as { score: number; parts: { points: number }[] }
    expect(score).toBeCloseTo(
      parts.reduce((sum, { points }) => sum + points, 0),
      1,
    )
  })

  it('goes on with the next picture where one cannot be read', async () => {
    const broken = path.join(folder, 'broken.jpg')
    writeFileSync(broken, 'no picture at all')
    const ended = await run(['score', broken, path.join(folder, 'absent.png'), folder, picture])
    expect(ended.code).toBe(1)
    expect(ended.out).toContain('score ')
    expectComplaint(ended, 'not_an_image', 'broken.jpg: What came is not a picture')
    expect(ended.err).toContain('[file_not_found]')
    expect(ended.err).toContain('[input_invalid]')
  })
})
