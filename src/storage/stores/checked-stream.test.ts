import { createHash } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { checkedStream } from './checked-stream.ts'

const chunks = [Buffer.from('the first bytes '), Buffer.from('and the last')]
const whole = Buffer.concat(chunks)
const digest = createHash('sha256').update(whole).digest('hex')
const answer = { byteSize: whole.length, digest, timeoutMs: 60_000 }

const drained = async (stream: ReadableStream<Uint8Array>) => Buffer.concat(await Array.fromAsync(stream))

describe('a store’s answer', () => {
  it('is given as it comes', async () => {
    const body = Readable.from(chunks)
    expect((await drained(checkedStream({ ...answer, body }))).equals(whole)).toBe(true)
  })

  it('without a known digest is held against its length alone', async () => {
    const body = Readable.from(chunks)
    expect((await drained(checkedStream({ ...answer, body, digest: null }))).equals(whole)).toBe(true)
  })

  it('of other bytes ends in an error before its last bytes', async () => {
    const body = Readable.from([chunks[0], Buffer.from('and the lost')])
    const reader = checkedStream({ ...answer, body }).getReader()
    expect((await reader.read()).value).toEqual(chunks[0])
    await expect(reader.read()).rejects.toMatchObject({ code: 'blob_damaged' })
  })

  it.each([
    ['too short', [chunks[0]]],
    ['too long', [...chunks, Buffer.from('!')]],
  ])('that is %s ends in an error', async (_, given) => {
    const body = Readable.from(given)
    const stream = checkedStream({ ...answer, body, digest: null })
    await expect(drained(stream)).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  it('that stops coming ends in an error, and in nothing left open', async () => {
    const body = new PassThrough()
    body.write(chunks[0])
    const stream = checkedStream({ ...answer, body, timeoutMs: 50 })
    await expect(drained(stream)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(body.destroyed).toBe(true)
  })

  it('may be read as slowly as the reader likes', async () => {
    const body = Readable.from(chunks)
    const reader = checkedStream({ ...answer, body, timeoutMs: 50 }).getReader()
    await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect((await reader.read()).value).toEqual(chunks[1])
    expect((await reader.read()).done).toBe(true)
  })

  it('is closed when its reader goes away', async () => {
    const body = Readable.from(chunks)
    await checkedStream({ ...answer, body }).cancel()
    expect(body.destroyed).toBe(true)
  })
})
