import { fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { messageReader, sendMessage } from '../src/imaging/sandbox/messages.ts'
import { median, table } from './report.ts'

/** A way for bytes to reach a process and for an answer to come back. */
interface Way {
  readonly name: string
  cross(bytes: Uint8Array): Promise<unknown>
  end(): void
}

const echo = path.join(import.meta.dirname, 'peers/echo.ts')
const rounds = 60

/** There and back: Node's own IPC, a pipe with lengths before each message, and a file that is named by IPC. A table. */
export async function measureTransports(): Promise<string> {
  const rows = []
  for (const byteSize of [100e3, 1e6, 5e6]) {
    const bytes = Buffer.alloc(byteSize, 7)
    for (const open of [pipe, ipc, file]) {
      const way = open()
      await way.cross(bytes)
      const { ms, cpuMs } = await measure(way, bytes)
      way.end()
      rows.push([`${byteSize / 1e3} KB, ${way.name}`, ms.toFixed(2), cpuMs.toFixed(2)])
    }
  }
  return `\n${table(['there and back', 'ms', 'sender’s CPU ms'], rows)}`
}

async function measure(way: Way, bytes: Uint8Array): Promise<{ ms: number; cpuMs: number }> {
  const all = []
  const before = process.cpuUsage()
  for (let round = 0; round < rounds; round++) {
    const started = performance.now()
    await way.cross(bytes)
    all.push(performance.now() - started)
  }
  const { user, system } = process.cpuUsage(before)
  return { ms: median(all), cpuMs: (user + system) / 1000 / rounds }
}

function pipe(): Way {
  const child = spawn(process.execPath, [echo, 'pipe'], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] })
  const to = child.stdio[3] as Socket
  let answered = (_: unknown) => {}
  const read = messageReader(
    (message) => answered(message),
    () => child.kill(),
  )
  to.on('data', read)
  const cross = (bytes: Uint8Array) =>
    new Promise((resolve) => {
      answered = resolve
      sendMessage(to, { words: {}, bytes })
    })
  return { name: 'pipe', cross, end: () => child.kill() }
}

function ipc(): Way {
  const child = fork(echo, ['ipc'], { serialization: 'advanced' })
  const cross = (bytes: Uint8Array) =>
    new Promise((resolve) => {
      child.once('message', resolve)
      child.send({ bytes })
    })
  return { name: 'IPC (advanced)', cross, end: () => child.kill() }
}

function file(): Way {
  const child = fork(echo, ['file'], { serialization: 'advanced' })
  const folder = mkdtempSync(path.join(tmpdir(), 'magpie-bench-'))
  const there = path.join(folder, 'picture')
  const cross = (bytes: Uint8Array) =>
    new Promise((resolve) => {
      child.once('message', resolve)
      writeFileSync(there, bytes)
      child.send({ file: there })
    })
  const end = () => {
    child.kill()
    rmSync(folder, { recursive: true })
  }
  return { name: 'file', cross, end }
}
