// A worker for tests: inspects the file that it is given once, says which decoders it has, then has it done again and
// again (`busy`), waits with nothing to do (`waiting`), or has nothing more to do and ends (`done`).
import { readFileSync } from 'node:fs'
import { openSandbox } from '../sandbox.ts'

const [, , file, then] = process.argv
const sandbox = openSandbox({ processes: 1, limits: { timeoutMs: 60_000, maxMemory: 1e9 } })
const order = { verb: 'inspect', limits: { maxPixels: 50e6, maxFrames: 500 } } as const
const inspect = () => sandbox.perform(order, readFileSync(file!))

const { words } = await inspect()
const again = then === 'busy' ? inspect() : null
if (then === 'waiting') setInterval(() => undefined, 1000)
console.log(JSON.stringify({ pids: sandbox.pids(), facts: words }))
while (again) await inspect()
