import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it } from 'vitest'
import { aMagpie, silent } from '../test/given.ts'
import { startSite } from '../test/site/server.ts'
import { hasty, work } from './jobs/given.suite.ts'
import { MagpieError } from './errors.ts'
import { openLog } from './log.ts'
import { readSettings } from './settings.ts'
import { openTelemetry, telemetrySettings } from './telemetry.ts'

/** A span as it comes over the wire, its attributes as a record. */
interface Received {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly status?: { readonly code?: number }
  readonly attributes: Readonly<Record<string, unknown>>
}

interface Wire {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes }
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<Received, 'attributes'> & { attributes: Attributes })[]
    }[]
  }[]
}
type Attributes = readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]

const recordOf = (attributes: Attributes) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

/** What a collector does: takes spans as OTLP over HTTP, in JSON; or refuses them. */
async function aCollector(status = 200) {
  const spans: Received[] = []
  const services: unknown[] = []
  const texts: string[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      const isMine = request.url === '/v1/traces' && request.headers['content-type'] === 'application/json'
      if (!isMine) return void response.writeHead(404).end()
      texts.push(text)
      for (const { resource, scopeSpans } of (JSON.parse(text) as Wire).resourceSpans) {
        services.push(recordOf(resource.attributes)['service.name'])
        for (const { spans: some } of scopeSpans)
          spans.push(...some.map((span) => ({ ...span, attributes: recordOf(span.attributes) })))
      }
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>((resolve) => (server.closeAllConnections(), server.close(() => resolve())))
  return { url, spans, services, texts, close }
}

const settingsOf = (environment: Readonly<Record<string, string>>) =>
  readSettings(telemetrySettings, environment)
const ok = 0
const error = 2

describe('a trace', () => {
  afterEach(() => trace.disable())

  it('shows a job with its stages, its requests and its puts, as a collector receives it', async () => {
    const collector = await aCollector()
    const site = await startSite()
    const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'ours' }
    const magpie = await aMagpie({ ...settings, HOSTS_WAIT_MS: '60000' })
    await magpie.catalogs.ensure('shop', hasty)
    const at = (path: string) => `<img src="${site.url}${path}" width="900" height="1200" alt="The item">`
    const page = `<title>Item</title><main>${at('/redirect/1/photos/relaxed-jeans.jpg?sig=s3cr3t')}${at('/status/403/x.jpg')}</main>`
    const itemId = await magpie.scrape({ url: `${site.url}/page`, page, catalog: 'shop' })
    await work(magpie)
    const images = await magpie.images.ofItem(itemId)
    await magpie.remove()
    await Promise.all([site.close(), collector.close()])

    const { spans } = collector
    const within = (parent: Received, ...names: readonly string[]) =>
      spans.filter(({ name, parentSpanId }) => parentSpanId === parent.spanId && names.includes(name))
    const jobOf = (url: string) => {
      const { id } = images.find((image) => image.url.includes(url))!
      return spans.find(
        ({ name, attributes }) => name === 'ingest-image' && attributes['magpie.image.id'] === id,
      )!
    }

    const good = jobOf('/relaxed-jeans.jpg')
    expect(good).toMatchObject({ kind: 5, status: { code: ok } })
    expect(good.parentSpanId).toBeFalsy()
    expect(good.attributes).toMatchObject({
      'magpie.job.kind': 'ingest-image',
      'magpie.job.attempt': 1,
      'magpie.item.id': itemId,
      'magpie.catalog': 'shop',
      'magpie.outcome': 'completed',
      'server.address': new URL(site.url).host,
    })
    const stages = ['find', 'fetch', 'inspect', 'assess', 'store', 'record']
    expect(new Set(within(good, ...stages).map(({ name }) => name))).toEqual(new Set(stages))
    const [fetching] = within(good, 'fetch')
    expect(fetching!.attributes['url.full']).toBe(`${site.url}/redirect/1/photos/relaxed-jeans.jpg?sig=…`)
    // Whoever comes to a site first asks for its robots.txt as well.
    const hops = within(fetching!, 'GET').filter(({ attributes }) =>
      String(attributes['url.full']).includes('/photos/'),
    )
    expect(hops.map(({ attributes }) => attributes['http.response.status_code']).sort()).toEqual([200, 302])
    expect(hops[0]).toMatchObject({
      kind: 3,
      attributes: { 'http.request.method': 'GET', 'server.port': site.port },
    })
    expect(within(fetching!, 'turn').length).toBeGreaterThanOrEqual(2)
    const [storing] = within(good, 'store')
    expect(within(storing!, 'put')[0]!.attributes).toMatchObject({ 'magpie.store': 'disk' })

    const bad = jobOf('/status/403/')
    expect(bad).toMatchObject({ status: { code: error } })
    expect(bad.attributes).toMatchObject({ 'magpie.outcome': 'cancelled', 'error.type': 'source_forbidden' })
    expect(within(bad, 'store')).toEqual([])

    expect(new Set(collector.services)).toEqual(new Set(['ours']))
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBeGreaterThanOrEqual(2)
    expect(collector.texts.join()).not.toContain('s3cr3t')
  })

  it('of a share of the jobs is whole or not at all', async () => {
    const collector = await aCollector()
    const settings = settingsOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
      OTEL_TRACES_SAMPLER_ARG: '0.5',
    })
    const telemetry = await openTelemetry(settings, silent)
    for (let n = 0; n < 200; n++)
      await telemetry.span({ name: 'outer' }, () => telemetry.span({ name: 'inner' }, async () => undefined))
    await telemetry.close()
    await collector.close()
    const count = (of: string) => collector.spans.filter(({ name }) => name === of).length
    expect(count('outer')).toBe(count('inner'))
    expect(count('outer')).toBeGreaterThan(20)
    expect(count('outer')).toBeLessThan(180)
  })

  it('that is not taken is lost, which is said once', async () => {
    const collector = await aCollector(400)
    const lines: string[] = []
    const log = openLog({ LOG_LEVEL: 'warn' }, { write: (line) => void lines.push(line) })
    const telemetry = await openTelemetry(settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }), log)
    for (let n = 0; n < 1200; n++) expect(telemetry.span({ name: 'job' }, () => n)).toBe(n)
    await telemetry.close()
    await collector.close()
    expect(collector.texts.length).toBeGreaterThan(1)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('traces could not be sent')
  })

  it('that cannot be sent holds up nobody who closes', async () => {
    const { url, close } = await aCollector()
    await close()
    const telemetry = await openTelemetry(settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: url }), silent)
    telemetry.span({ name: 'job' }, () => undefined)
    await telemetry.close()
  }, 15_000)

  it('goes to the SDK of the program around us where no endpoint is set', async () => {
    const exporter = new InMemorySpanExporter()
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
    trace.setGlobalTracerProvider(provider)
    const telemetry = await openTelemetry(settingsOf({}), silent)
    const failing = telemetry.span({ name: 'job' }, () =>
      telemetry.span({ name: 'stage' }, () => Promise.reject(new MagpieError('store_full'))),
    )
    await expect(failing).rejects.toMatchObject({ code: 'store_full' })
    const [stage, job] = exporter.getFinishedSpans()
    expect(stage).toMatchObject({ name: 'stage', attributes: { 'error.type': 'store_full' } })
    expect(stage!.parentSpanContext?.spanId).toBe(job!.spanContext().spanId)
    await telemetry.close()
  })

  it('of nobody costs no span, and what is done is done all the same', async () => {
    const telemetry = await openTelemetry(settingsOf({}), silent)
    expect(telemetry.span({ name: 'sum' }, ({ traceId }) => [traceId, 1 + 1])).toEqual([null, 2])
    await telemetry.close()
  })

  it.each(['collector:4318', 'grpc://collector:4317', 'nowhere'])(
    'is refused an endpoint like %s',
    async (endpoint) => {
      await expect(
        openTelemetry(settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }), silent),
      ).rejects.toMatchObject({
        code: 'setting_invalid',
        details: { setting: 'OTEL_EXPORTER_OTLP_ENDPOINT' },
      })
    },
  )
})
