// What a decoder runs: a child process that reads strangers' pictures, so that they can take nothing else down.
import { writeFileSync } from 'node:fs'
import { said, sendMessage } from './messages.ts'
import { refusal, type Order } from './order.ts'
import { perform } from './perform.ts'
import { openWorkerPipe } from './worker-pipe.ts'

// A plain exit would wait for the picture under way.
const die = () => void process.kill(process.pid, 'SIGKILL')

// These reach the whole group, or all of a service: the worker, who drains, still needs us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
try {
  // If the machine runs out of memory, Linux is to take a decoder before the worker.
  writeFileSync('/proc/self/oom_score_adj', '500')
} catch {
  // Elsewhere there is no such thing.
}

const worker = openWorkerPipe(({ words, bytes }) => {
  sendMessage(worker, said.begun)
  void perform(words as Order, bytes)
    .catch(refusal)
    .then((answer) => sendMessage(worker, answer))
}, die)
sendMessage(worker, said.ready)
