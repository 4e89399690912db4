/** Answers each message with its first 500 bytes: as a decoder would, with nothing to decode. `node bench/peers/echo.ts WAY` */
import { readFileSync } from 'node:fs'
import { sendMessage, type Message } from '../../src/imaging/sandbox/messages.ts'
import { openWorkerPipe } from '../../src/imaging/sandbox/worker-pipe.ts'

interface Asked {
  readonly bytes?: Uint8Array
  readonly file?: string
}

if (process.argv[2] === 'pipe') {
  const echo = ({ bytes }: Message) => sendMessage(pipe, { words: {}, bytes: bytes.subarray(0, 500) })
  const pipe = openWorkerPipe(echo, () => process.exit())
} else {
  process.on('message', ({ bytes, file }: Asked) => {
    const answer = bytes ?? readFileSync(file!)
    process.send!({ bytes: answer.subarray(0, 500) })
  })
}
