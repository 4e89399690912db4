import { Socket } from 'node:net'
import { messageReader, type Message } from './messages.ts'

/**
 * A decoder's end of the pipe to its worker. `ended` is called when that breaks off, which it does however the worker
 * dies, and when what comes makes no sense.
 */
export function openWorkerPipe(take: (message: Message) => void, ended: () => void): Socket {
  const read = messageReader(take, ended)
  const pipe = new Socket({
    ...{ fd: 3, readable: true, writable: true },
    // One buffer for all that is read: half the time of a new one for each chunk.
    onread: {
      buffer: Buffer.allocUnsafeSlow(65_536),
      callback(byteSize, buffer) {
        read(buffer.subarray(0, byteSize))
        return true
      },
    },
  })
  return pipe.on('close', ended).on('error', ended).resume()
}
