import type { Writable } from 'node:stream'

/** What crosses between the worker and a decoder: a few words, as JSON, and the bytes that they are about. */
export interface Message {
  readonly words: unknown
  readonly bytes: Uint8Array
}

/** What a decoder says beside its answers: that it can be given pictures, and that it has one, whole. */
export const said = {
  ready: { words: 'ready', bytes: new Uint8Array() },
  begun: { words: 'begun', bytes: new Uint8Array() },
} as const satisfies Record<string, Message>

/** Stands before each message: the lengths of its two parts, four bytes each. */
const headSize = 8

/** No picture is this large; a decoder that has gone mad does not fill the worker's memory. */
const mostBytes = 2 ** 29

/** Writes a message whole. That the other side is gone shows in the stream. */
export function sendMessage(to: Writable, { words, bytes }: Message): void {
  const text = Buffer.from(JSON.stringify(words))
  const head = Buffer.alloc(headSize)
  head.writeUInt32LE(text.byteLength, 0)
  head.writeUInt32LE(bytes.byteLength, 4)
  to.cork()
  to.write(Buffer.concat([head, text]))
  to.write(bytes)
  to.uncork()
}

/**
 * Puts messages together again from the chunks that it is called with, and hands each to `take`. What makes no sense, and
 * what `take` throws, goes to `broken`, after which no more chunks may come.
 */
export function messageReader(
  take: (message: Message) => void,
  broken: (cause: Error) => void,
): (chunk: Uint8Array) => void {
  const parts = messageParts(take)
  let part = Buffer.alloc(parts.next().value)
  let filled = 0
  return (chunk) => {
    try {
      for (let at = 0; at < chunk.length;) {
        const some = chunk.subarray(at, at + part.length - filled)
        part.set(some, filled)
        at += some.length
        filled += some.length
        while (filled === part.length) {
          // Not from Node's shared pool: whoever gets the bytes may keep them.
          part = Buffer.allocUnsafeSlow(parts.next(part).value)
          filled = 0
        }
      }
    } catch (cause) {
      broken(cause as Error)
    }
  }
}

/** Asks for the lengths of a message's parts, one by one. */
function* messageParts(take: (message: Message) => void): Generator<number, never, Buffer> {
  for (;;) {
    const head = yield headSize
    const lengths = [head.readUInt32LE(0), head.readUInt32LE(4)] as const
    if (Math.max(...lengths) > mostBytes) throw new Error('The message is too long.')
    const text = yield lengths[0]
    const bytes = yield lengths[1]
    take({ words: JSON.parse(text.toString()), bytes })
  }
}
