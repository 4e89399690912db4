#!/usr/bin/env node
// Starts Magpie on a Node.js that can run it, with the memory and thread settings that it was measured with.
// In a checkout the sources run as they are; in the published package, the built files.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism, constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const source = path.join(root, 'src/program.ts')
const program = existsSync(source) ? source : path.join(root, 'dist/src/program.js')

const [major, minor] = process.versions.node.split('.').map(Number)
const fits = major > 22 || (major === 22 && minor >= 19)
const ours = path.join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
const node = fits ? process.execPath : ours
if (!fits && !existsSync(ours)) {
  console.error(`Magpie needs Node.js 22.19 or newer; this is ${process.version}.`)
  process.exit(1)
}

const environment = {
  // With IMAGING_PROCESSES=0 pictures are decoded on the thread pool: one thread more than cores keeps them all busy.
  UV_THREADPOOL_SIZE: String(availableParallelism() + 1),
  // glibc's arenas would hold on to a third more memory, at no gain in speed.
  MALLOC_ARENA_MAX: '2',
  ...process.env,
}
const child = spawn(node, ['--disable-warning=ExperimentalWarning', program, ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: environment,
})
// Ctrl-C reaches the whole group by itself; what is sent to us alone is passed on.
process.on('SIGINT', () => undefined)
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  console.error(`Magpie could not be started: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
