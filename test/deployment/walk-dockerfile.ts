// `node test/deployment/walk-dockerfile.ts`: does what the Dockerfile says, without an engine: each stage in a folder,
// its files copied and its commands run there; then starts the image's command as another user and asks for its health.
import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const root = path.join(import.meta.dirname, '../..')
const stages = mkdtempSync(path.join(tmpdir(), 'magpie-image-'))
const instructions = readFileSync(path.join(root, 'Dockerfile'), 'utf8')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .flatMap((line) => {
    const found = /^([A-Z]+)\s+(.*)$/.exec(line.trim())
    return found ? [{ name: found[1]!, rest: found[2]! }] : []
  })

interface Image {
  folder: string
  environment: Record<string, string>
  user: string
  entrypoint: string[]
  command: string[]
  health: string[]
}

const image: Image = {
  ...{ folder: '', environment: {}, user: '', entrypoint: [], command: [], health: [] },
}

/** A path in the image as one here: `/app` and what is below it in the stage's folder. */
const here = (folder: string, file: string) =>
  path.join(folder, path.posix.resolve('/app', file).replace(/^\/app/, 'app'))

const steps: Readonly<Record<string, (rest: string) => void>> = {
  FROM(rest) {
    const name = / AS (\S+)$/.exec(rest)?.[1] ?? 'final'
    image.folder = path.join(stages, name)
    image.environment = {}
    mkdirSync(path.join(image.folder, 'app'), { recursive: true })
  },
  ENV(rest) {
    const [name, value] = rest.split('=') as [string, string]
    image.environment[name] = value
  },
  COPY(rest) {
    const words = rest.split(/\s+/)
    const from = /^--from=(.+)$/.exec(words[0]!)?.[1]
    const files = words.slice(from ? 1 : 0, -1)
    const to = words.at(-1)!
    for (const file of files) {
      const source = from ? here(path.join(stages, from), file) : path.join(root, file)
      const goesInto = to.endsWith('/') && !statSync(source).isDirectory()
      const target = here(image.folder, goesInto ? path.join(to, path.basename(file)) : to)
      cpSync(source, target, { recursive: true, verbatimSymlinks: true, filter: from ? () => true : isSent })
    }
  },
  RUN(rest) {
    const command = rest.replaceAll(/(?<=\s)\/data\b/g, here(image.folder, '/data'))
    const ran = spawnSync('sh', ['-ec', command], {
      cwd: here(image.folder, '.'),
      env: { ...process.env, ...image.environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    if (ran.status !== 0) throw new Error(`RUN ${rest} ended with ${ran.status}`)
  },
  USER: (rest) => void (image.user = rest),
  ENTRYPOINT: (rest) => void (image.entrypoint = JSON.parse(rest) as string[]),
  CMD: (rest) => void (image.command = JSON.parse(rest) as string[]),
  HEALTHCHECK: (rest) => void (image.health = JSON.parse(rest.slice(rest.indexOf('['))) as string[]),
  WORKDIR: () => undefined,
  VOLUME: () => undefined,
  EXPOSE: () => undefined,
}

const ignored = readFileSync(path.join(root, '.dockerignore'), 'utf8').split('\n').filter(Boolean)
const isSent = (file: string) => {
  const [first = ''] = path.relative(root, file).split(path.sep)
  return (
    !ignored.includes(first) &&
    !first.endsWith('.tgz') &&
    (lstatSync(file).isFile() || !first.startsWith('.git'))
  )
}

async function startAndAsk(): Promise<void> {
  const [uid, gid] = image.user.split(':').map(Number) as [number, number]
  const asOther = process.getuid?.() === 0 ? { uid, gid } : {}
  // Those who came by root alone could not see into it.
  chmodSync(stages, 0o755)
  const cwd = here(image.folder, '.')
  const environment = {
    ...image.environment,
    MAGPIE_DATA: here(image.folder, image.environment['MAGPIE_DATA']!),
  }
  const options = {
    cwd,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...environment },
    ...asOther,
  }
  const [node, ...entry] = [...image.entrypoint, ...image.command]
  const served = spawn(process.execPath, entry, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
  if (node !== 'node') throw new Error(`the entry point is ${node}`)
  const ended = new Promise<number | null>((resolve) => served.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    served.stdout.on('data', (chunk: Buffer) => chunk.includes('Magpie serves') && resolve())
    void ended.then((code) => reject(new Error(`the image ended with ${code}`)))
  })
  const health = spawnSync(process.execPath, image.health.slice(1), options)
  served.kill('SIGTERM')
  const code = await ended
  if (health.status !== 0 || code !== 0) throw new Error(`health ${health.status}, ended with ${code}`)
}

try {
  for (const { name, rest } of instructions) {
    const step = steps[name]
    if (!step) throw new Error(`the Dockerfile has a step ${name} that nobody here knows`)
    console.log(`${name} ${rest}`)
    step(rest)
  }
  const tooMuch = ['src', 'test', 'node_modules/typescript', 'node_modules/vitest']
  const found = tooMuch.filter((file) => existsSync(here(image.folder, file)))
  if (found.length > 0) throw new Error(`the image holds ${found.join(', ')}`)
  await startAndAsk()
  console.log('the image’s command is healthy as another user, and ends when it is told to')
} finally {
  rmSync(stages, { recursive: true, force: true })
}
