import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

// Lower floors first. A room imports from floors below its own, never from its neighbours.
const floors = [
  ['error-codes', 'errors', 'settings', 'database', 'databases', 'log', 'make-folder', 'version'],
  ['fetch', 'hosts', 'imaging', 'storage', 'queue'],
  ['catalog'],
  ['discovery', 'assess', 'delivery'],
  ['jobs'],
  ['http', 'cli'],
  ['main', 'config', 'index', 'program', 'telemetry'],
]
/** Each foreign library has its rooms. */
const rooms: Record<string, string[]> = {
  sharp: ['imaging'],
  undici: ['fetch'],
  'playwright-core': ['fetch'],
  '@sparticuz/chromium': ['fetch'],
  htmlparser2: ['discovery'],
  domhandler: ['discovery'],
  'css-select': ['discovery'],
  chardet: ['fetch'],
  '@aws-sdk/client-s3': ['storage'],
  '@aws-sdk/lib-storage': ['storage'],
  '@aws-sdk/s3-request-presigner': ['storage'],
  'pg-boss': ['queue'],
  'cron-parser': ['queue'],
  kysely: ['database', 'databases', 'hosts', 'catalog', 'queue'],
  pg: ['databases'],
  '@electric-sql/pglite': ['databases'],
  fastify: ['http'],
  'fastify-type-provider-zod': ['http'],
  zod: ['settings', 'catalog', 'http'],
  pino: ['log'],
  'prom-client': ['jobs'],
  '@opentelemetry/api': ['telemetry'],
  '@opentelemetry/sdk-trace': ['telemetry'],
  '@opentelemetry/exporter-trace-otlp-http': ['telemetry'],
  '@opentelemetry/resources': ['telemetry'],
  commander: ['cli'],
  yaml: ['cli'],
}

const src = path.join(import.meta.dirname, '../src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !/\.(test|suite)\.ts$/.test(file))
  .map((file) => file.split(path.sep).join('/'))

const roomOf = (file: string) => file.split('/')[0]!.replace(/\.ts$/, '')
const floorOf = (room: string) => floors.findIndex((floor) => floor.includes(room))
const importsOf = (file: string) =>
  [
    ...readFileSync(path.join(src, file), 'utf8').matchAll(
      /^\s*(?:import|export)\b[^'"]*?from\s*'([^']+)'|import\('([^']+)'\)/gms,
    ),
  ].map((match) => (match[1] ?? match[2])!)
const local = (file: string) =>
  importsOf(file)
    .filter((to) => to.startsWith('.'))
    .map((to) => path.posix.normalize(path.posix.join(path.posix.dirname(file), to)))
    .filter((to) => !to.startsWith('../'))

describe('the house', () => {
  it('has a floor for every room', () => {
    expect(files.map(roomOf).filter((room) => floorOf(room) < 0)).toEqual([])
  })

  it('imports point down', () => {
    const upward = files.flatMap((from) =>
      local(from)
        .filter((to) => roomOf(to) !== roomOf(from) && floorOf(roomOf(to)) >= floorOf(roomOf(from)))
        // The ground floor and the roof are single files that know each other.
        .filter(
          (to) => !(floorOf(roomOf(from)) === floorOf(roomOf(to)) && [0, 6].includes(floorOf(roomOf(from)))),
        )
        .map((to) => `${from} → ${to}`),
    )
    expect(upward).toEqual([])
  })

  it('the doors do no work: http and cli know neither fetch, imaging, storage nor discovery', () => {
    const forbidden = ['fetch', 'imaging', 'storage', 'discovery']
    const reaching = files
      .filter((from) => ['http', 'cli'].includes(roomOf(from)))
      .flatMap((from) =>
        local(from)
          .filter((to) => forbidden.includes(roomOf(to)))
          .map((to) => `${from} → ${to}`),
      )
    expect(reaching).toEqual([])
  })

  it('sub-folders are private to their room', () => {
    const peeking = files.flatMap((from) =>
      local(from)
        .filter((to) => roomOf(to) !== roomOf(from) && to.split('/').length > 2)
        .map((to) => `${from} → ${to}`),
    )
    expect(peeking).toEqual([])
  })

  it('each foreign library has its rooms', () => {
    const misplaced = files.flatMap((from) =>
      importsOf(from)
        .filter((to) => !to.startsWith('.') && !to.startsWith('node:'))
        .map((to) =>
          to
            .split('/')
            .slice(0, to.startsWith('@') ? 2 : 1)
            .join('/'),
        )
        .filter((library) => !rooms[library]?.includes(roomOf(from)))
        .map((library) => `${from} → ${library}`),
    )
    expect(misplaced).toEqual([])
  })

  it('reads the environment in one place', () => {
    const readers = files.filter((file) => readFileSync(path.join(src, file), 'utf8').includes('process.env'))
    expect(readers.filter((file) => file !== 'config.ts')).toEqual([])
  })
})
