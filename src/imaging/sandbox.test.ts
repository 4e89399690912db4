import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { codeIn } from './codes.suite.ts'
import type { Facts } from './facts.ts'
import { scene } from './pictures.suite.ts'
import { openSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts'

const onLinux = process.platform === 'linux'
const limits = { timeoutMs: 60_000, maxMemory: 1.5e9 }
const order = { verb: 'inspect', limits: { maxPixels: 50e6, maxFrames: 500 } } as const

/** What is awaited takes milliseconds on a machine of one's own, and seconds on a shared one. */
const soon = { interval: 5, timeout: 30_000 }

let picture: Buffer
/** 25 KB that are 36 megapixels: half a second of work and more, and 170 MB. */
let slow: Buffer
let sandbox: Sandbox

beforeAll(async () => {
  picture = await scene(1).jpeg().toBuffer()
  slow = await sharp({ create: { width: 6000, height: 6000, channels: 3, background: 'teal' } })
    .gif({ effort: 1 })
    .toBuffer()
})
afterEach(() => sandbox.close())

const open = (options: Partial<SandboxOptions> = {}) => {
  sandbox = openSandbox({ processes: 1, limits, ...options })
  return sandbox
}
const inspect = async (bytes: Uint8Array, signal?: AbortSignal) =>
  (await sandbox.perform(order, bytes, signal)).words as Facts

/** Whether a process runs; one that has ended and was not waited for by its parent does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !onLinux || !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}
const allGone = (pids: readonly number[]) => expect.poll(() => pids.filter(isAlive), soon).toEqual([])

describe('a sandbox', () => {
  it('starts decoders when there is work, no more than it may, and keeps them for the next', async () => {
    open({ processes: 2 })
    expect(sandbox.pids()).toEqual([])
    await inspect(picture)
    expect(sandbox.pids()).toHaveLength(1)
    await Promise.all(Array.from({ length: 9 }, () => inspect(picture)))
    const pids = sandbox.pids()
    expect(pids).toHaveLength(2)
    await Promise.all(Array.from({ length: 9 }, () => inspect(picture)))
    expect(sandbox.pids()).toEqual(pids)
    expect(sandbox.stats()).toEqual({ running: 0, waiting: 0, restarts: 0, killed: 0 })
  })

  it('ends decoders that have had nothing to do for a while', async () => {
    open({ idleMs: 50 })
    await inspect(picture)
    const pids = sandbox.pids()
    await allGone(pids)
    await expect.poll(() => sandbox.pids(), soon).toEqual([])
    expect(sandbox.stats().restarts).toBe(0)
    await inspect(picture)
  })

  it('says what runs and what waits', async () => {
    open()
    const all = [inspect(slow), inspect(picture), inspect(picture)]
    expect(sandbox.stats()).toMatchObject({ running: 0, waiting: 3 })
    await expect.poll(() => sandbox.stats(), soon).toMatchObject({ running: 1, waiting: 2 })
    await Promise.all(all)
  })

  it('is not taken along by the signals that ask a worker to end', async () => {
    open()
    await inspect(picture)
    const [pid] = sandbox.pids()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid!, signal)
    await inspect(picture)
    expect(sandbox.pids()).toEqual([pid])
  })

  it('says why when no decoder can be started', async () => {
    open({ entry: path.join(import.meta.dirname, 'no-such-file.ts') })
    const [first, second] = await Promise.all([codeIn(inspect(picture)), codeIn(inspect(picture))])
    expect(first).toMatchObject({ code: 'internal' })
    expect(String(first.cause)).toContain('no-such-file.ts')
    expect(second).toMatchObject({ code: 'internal' })
  })
})

describe('a decoder that dies', () => {
  it('takes only its picture with it: others run on, and those in line are served', async () => {
    open({ processes: 2 })
    await Promise.all([inspect(picture), inspect(slow)])
    const before = sandbox.pids()
    const [lost, kept, ...waiting] = [inspect(slow), inspect(slow), inspect(picture), inspect(picture)]
    const refused = codeIn(lost)
    await expect.poll(() => sandbox.stats(), soon).toMatchObject({ running: 2, waiting: 2 })
    process.kill(before[0]!, 'SIGKILL')
    expect(await refused).toMatchObject({ code: 'image_crashed', details: { measured: 'SIGKILL' } })
    const facts = await Promise.all([kept, ...waiting])
    expect(facts.map(({ bounds }) => bounds.width)).toEqual([6000, 640, 640])
    await expect.poll(() => sandbox.stats(), soon).toEqual({ running: 0, waiting: 0, restarts: 1, killed: 0 })
  })

  it('is replaced, three times in a row and more', async () => {
    open()
    await inspect(picture)
    for (let crashes = 1; crashes <= 4; crashes++) {
      const refused = codeIn(inspect(slow))
      await expect.poll(() => sandbox.stats().running, soon).toBe(1)
      process.kill(sandbox.pids()[0]!, 'SIGKILL')
      expect(await refused).toMatchObject({ code: 'image_crashed' })
      expect((await inspect(picture)).bounds.width).toBe(640)
      expect(sandbox.stats().restarts).toBe(crashes)
    }
  })

  it('while it has nothing to do is no picture’s fault', async () => {
    open()
    await inspect(picture)
    process.kill(sandbox.pids()[0]!, 'SIGKILL')
    expect((await inspect(picture)).bounds.width).toBe(640)
  })
})

describe('a picture that is too much', () => {
  it('is ended when its time is over, and so is the next', async () => {
    open({ limits: { ...limits, timeoutMs: 100 } })
    for (const killed of [1, 2]) {
      const refused = await codeIn(inspect(slow))
      expect(refused).toMatchObject({
        code: 'image_too_slow',
        message: 'The picture could not be decoded within 100 ms.',
        details: { setting: 'IMAGING_TIMEOUT_MS' },
      })
      expect(refused.details.measured).toBeGreaterThanOrEqual(100)
      await expect
        .poll(() => sandbox.stats(), soon)
        .toEqual({ running: 0, waiting: 0, restarts: killed, killed })
    }
  })

  it.skipIf(process.platform === 'win32')('and never ends frees its place and its memory', async () => {
    open({ limits: { ...limits, timeoutMs: 4000 } })
    await inspect(picture)
    const pids = sandbox.pids()
    process.kill(pids[0]!, 'SIGSTOP')
    const refused = codeIn(inspect(picture))
    const next = inspect(picture)
    expect(await refused).toMatchObject({ code: 'image_too_slow' })
    expect((await next).bounds.width).toBe(640)
    expect(pids.filter(isAlive)).toEqual([])
  })

  it.runIf(onLinux)('is ended when it takes too much memory', async () => {
    open({ limits: { ...limits, maxMemory: 150e6 } })
    const refused = codeIn(inspect(slow))
    const next = inspect(picture)
    expect(await refused).toMatchObject({
      code: 'image_crashed',
      details: { setting: 'IMAGING_MAX_MEMORY', measured: expect.any(Number) as number },
    })
    expect((await refused).details.measured).toBeGreaterThan(150e6)
    expect((await next).bounds.width).toBe(640)
    expect(sandbox.stats()).toMatchObject({ restarts: 1, killed: 1 })
  })
})

describe('aborting', () => {
  it('takes a picture out of the line', async () => {
    open()
    const first = inspect(picture)
    const stop = new AbortController()
    const second = inspect(picture, stop.signal)
    stop.abort(new Error('nobody waits'))
    await expect(second).rejects.toThrow('nobody waits')
    expect(sandbox.stats().waiting).toBe(1)
    await first
    await expect(inspect(picture, stop.signal)).rejects.toThrow('nobody waits')
  })

  it('lets go of a picture under way, and the decoder lives on', async () => {
    open()
    await inspect(picture)
    const pids = sandbox.pids()
    const stop = new AbortController()
    const left = inspect(slow, stop.signal)
    stop.abort(new Error('nobody waits'))
    await expect(left).rejects.toThrow('nobody waits')
    expect((await inspect(picture)).bounds.width).toBe(640)
    expect(sandbox.pids()).toEqual(pids)
  })
})

describe('closing', () => {
  it('ends every decoder at once, and what runs or waits as interrupted', async () => {
    open({ processes: 2 })
    await Promise.all([inspect(picture), inspect(slow)])
    const pids = sandbox.pids()
    const refused = Promise.all([slow, slow, picture].map((bytes) => codeIn(inspect(bytes))))
    await sandbox.close()
    expect((await refused).map(({ code }) => code)).toEqual(['interrupted', 'interrupted', 'interrupted'])
    expect(pids.filter(isAlive)).toEqual([])
    expect(await codeIn(inspect(picture))).toMatchObject({ code: 'interrupted' })
    expect(sandbox.stats()).toEqual({ running: 0, waiting: 0, restarts: 0, killed: 0 })
  })
})

describe('a worker', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'magpie-sandbox-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** A process that has inspected this picture, and what it said. */
  async function aWorker(bytes: Buffer, then: 'busy' | 'waiting' | 'done') {
    const file = path.join(folder, 'picture')
    writeFileSync(file, bytes)
    const program = path.join(import.meta.dirname, 'sandbox/worker.suite.ts')
    const worker = spawn(process.execPath, [program, file, then], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(worker, 'exit') as Promise<[number | null, string | null]>
    const [said] = (await once(worker.stdout.setEncoding('utf8'), 'data')) as [string]
    const { pids } = JSON.parse(said) as { pids: number[] }
    return { worker, pids, ended }
  }

  it.each(['busy', 'waiting'] as const)('that is killed while %s leaves no decoder', async (doing) => {
    const { worker, pids, ended } = await aWorker(slow, doing)
    expect(pids).toHaveLength(1)
    expect(pids.filter(isAlive)).toEqual(pids)
    worker.kill('SIGKILL')
    await ended
    await allGone(pids)
  })

  it('ends by itself when its work is done, though decoders are warm', async () => {
    const { pids, ended } = await aWorker(picture, 'done')
    expect(await ended).toEqual([0, null])
    await allGone(pids)
  })
})
