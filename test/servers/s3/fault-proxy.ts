import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'

/** What the proxy does to requests that fit; its own head comment says what each action is. */
export interface Fault {
  readonly action:
    | 'status'
    | 'timeout'
    | 'reset'
    | 'lost'
    | 'lost-timeout'
    | 'partial'
    | 'short'
    | 'corrupt'
    | 'slow'
    | 'cut-upload'
    | 'stale404'
  readonly method?: 'GET' | 'PUT' | 'HEAD' | 'POST' | 'DELETE'
  /** A regular expression for the path. */
  readonly path?: string
  /** How often; 1 where it is left out, always with -1. */
  readonly times?: number
  /** The share of those that fit. */
  readonly p?: number
  readonly status?: number
  readonly bytes?: number
  readonly bps?: number
}

/** Stands between a store and its server, and does to their talk what networks do. */
export interface FaultProxy {
  readonly url: string
  /** Replaces all faults. */
  set(...faults: readonly Fault[]): Promise<void>
  stop(): Promise<void>
}

/** Starts the shared proxy, whose folder is given, in front of a server. */
export async function startFaultProxy(folder: string, server: string): Promise<FaultProxy> {
  const port = await freePort()
  const script = path.join(folder, 's3-fault-proxy.mjs')
  const child = spawn(process.execPath, [script, `--port=${port}`, `--to=${new URL(server).host}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    async set(...faults) {
      await fetch(`${url}/__rules`, { method: 'POST', body: JSON.stringify(faults) })
    },
    async stop() {
      child.kill()
      await once(child, 'exit')
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
