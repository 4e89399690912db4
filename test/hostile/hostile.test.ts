import { spawn } from 'node:child_process'
import net from 'node:net'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../shared-data.ts'

const hostile = sharedData('hostile')

// The behaviours in parts that take about as long, each against an origin of its own.
const parts = [
  '^/(slow|drip|hang)',
  '^/(cl-|late|100-|102-|infinite|headers?-|html/|bytes/|f/)',
  '^/(redirect|name/|type/|status/|retry-after/)',
]
const shards = [...parts, `^(?!${parts.map((part) => part.slice(1)).join('|')})`]

describe.skipIf(!hostile)('the fetcher before a hostile origin', () => {
  // Once more if it fails: the origin packs its bombs when first asked, which takes seconds where others work too.
  it(
    'judges every behaviour rightly, in time, without touching the canary or leaving sockets open',
    { retry: 1, timeout: 180_000 },
    async () => {
      const results = await Promise.all(shards.map(async (only) => drive(only, await freePorts())))
      expect(results.flatMap(({ failures }) => failures)).toEqual([])
      expect(results.reduce((sum, { passed }) => sum + passed, 0)).toBeGreaterThan(200)
    },
  )
})

async function drive(only: string, port: number): Promise<{ passed: number; failures: string[] }> {
  const adapter = path.join(import.meta.dirname, 'adapter.ts')
  const script = path.join(hostile!, 'hostile-drive.mjs')
  // The drive starts its origin as plain `node`: let that be this one.
  const PATH = [path.dirname(process.execPath), process.env.PATH].join(path.delimiter)
  const child = spawn(
    process.execPath,
    [script, `--adapter=${adapter}`, `--port=${port}`, `--only=${only}`],
    {
      env: { ...process.env, PATH, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let said = ''
  for await (const chunk of child.stdout) said += String(chunk)
  const passed = /(\d+) passed, \d+ failed/.exec(said)?.[1]
  expect(passed, said).toBeDefined()
  return { passed: Number(passed), failures: said.split('\n').filter((line) => line.startsWith('FAIL')) }
}

/** A port with the next two free as well: the origin's, its canary's, and one where TLS is expected. */
async function freePorts(): Promise<number> {
  for (;;) {
    const port = await listenable(0)
    if (port && (await listenable(port + 1)) && (await listenable(port + 2))) return port
  }
}

function listenable(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(null))
    server.listen(port, '127.0.0.1', () => {
      const { port: found } = server.address() as net.AddressInfo
      server.close(() => resolve(found))
    })
  })
}
