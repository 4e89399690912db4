import { AsyncLocalStorage } from 'node:async_hooks'
import {
  context,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span as OtelSpan,
  type Tracer,
} from '@opentelemetry/api'
import { asMagpieError, MagpieError } from './errors.ts'
import { unseen, type Span, type SpanAttributes, type Tracing } from './jobs/tracing.ts'
import type { Log } from './log.ts'
import { number, optional, text, type Values } from './settings.ts'
import { version } from './version.ts'

export const telemetrySettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: optional({
    means:
      'where traces are sent: the base address of an OpenTelemetry collector, as http://collector:4318; without it none are',
  }),
  OTEL_SERVICE_NAME: text({ default: 'magpie', means: 'the name under which traces are kept' }),
  OTEL_TRACES_SAMPLER_ARG: number({
    default: 1,
    min: 0,
    max: 1,
    means: 'the share of jobs that are traced, from 0 to 1',
  }),
}

/** Tracing, to be closed when all that is traced has ended. */
export interface Telemetry extends Tracing {
  /** Sends what has not been sent, for a few seconds at most. */
  close(): Promise<void>
}

/**
 * Opens tracing. With an endpoint spans go there; without one they go to the OpenTelemetry SDK of the program around
 * us, if it has one. Throws `setting_invalid`.
 */
export async function openTelemetry(
  settings: Values<typeof telemetrySettings>,
  log: Log,
): Promise<Telemetry> {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT
  if (endpoint === null)
    return { ...tracingBy(trace.getTracer('magpie', version)), close: async () => undefined }
  const provider = await openProvider(tracesUrl(endpoint), settings, log)
  return {
    ...tracingBy(provider.getTracer('magpie', version)),
    close: () => atMost(provider.shutdown(), closingMs).catch(() => undefined),
  }
}

const closingMs = 5_000

/** The protocol has the signal's own path below the base address. */
function tracesUrl(endpoint: string): string {
  const url = URL.parse(endpoint)
  if (url?.protocol === 'http:' || url?.protocol === 'https:')
    return `${endpoint.replace(/\/$/, '')}/v1/traces`
  const { means } = telemetrySettings.OTEL_EXPORTER_OTLP_ENDPOINT
  throw new MagpieError('setting_invalid', `OTEL_EXPORTER_OTLP_ENDPOINT must be an http address — ${means}`, {
    setting: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  })
}

/** Loaded only here: who does not trace has none of it in memory. */
async function openProvider(url: string, settings: Values<typeof telemetrySettings>, log: Log) {
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const exporter = new OTLPTraceExporter({ url })
  let isLost = false
  const exportThem: typeof exporter.export = (spans, done) =>
    exporter.export(spans, (result) => {
      // Once for each time that the collector is away.
      if (result.error && !isLost) log.warn({ err: result.error }, 'traces could not be sent')
      isLost = result.error !== undefined
      done(result)
    })
  const spanExporter = { export: exportThem, shutdown: () => exporter.shutdown() }
  return new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': settings.OTEL_SERVICE_NAME,
      'service.version': version,
      'process.pid': process.pid,
    }),
    sampler: new sdk.ParentBasedSampler({
      root: new sdk.TraceIdRatioBasedSampler(settings.OTEL_TRACES_SAMPLER_ARG),
    }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: spanExporter, maxQueueSize: 8192 })],
  })
}

async function atMost(promise: Promise<void>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer))
}

const kinds = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER }

/**
 * Spans of a tracer, each inside the one that is under way. What is under way is kept here, so that spans are nested
 * without anything global, and told to OpenTelemetry as well, for a program around us that has its own spans.
 */
function tracingBy(tracer: Tracer): Tracing {
  const here = new AsyncLocalStorage<Context>()
  return {
    span: ({ name, kind = 'internal', attributes }, go) => {
      const outer = here.getStore() ?? context.active()
      const span = tracer.startSpan(name, { kind: kinds[kind] }, outer)
      // Nobody records: then there is nothing to be inside of.
      if (!isSpanContextValid(span.spanContext())) return go(unseen)
      if (attributes && span.isRecording()) span.setAttributes(stated(attributes()))
      const inner = trace.setSpan(outer, span)
      return ending(span, () => here.run(inner, () => context.with(inner, () => go(asSpan(span)))))
    },
  }
}

function ending<T>(span: OtelSpan, go: () => T): T {
  const fail = (thrown: unknown): never => {
    const { code, message } = asMagpieError(thrown)
    failed(span, code, message)
    span.end()
    throw thrown
  }
  const pass = <V>(value: V): V => {
    span.end()
    return value
  }
  try {
    const result = go()
    if (result instanceof Promise) return result.then(pass, fail) as T
    return pass(result)
  } catch (thrown) {
    return fail(thrown)
  }
}

const asSpan = (span: OtelSpan): Span => ({
  traceId: span.isRecording() ? span.spanContext().traceId : null,
  set: (attributes) => void span.setAttributes(stated(attributes)),
  failed: (code, message) => failed(span, code, message),
})

function failed(span: OtelSpan, code: string, message?: string): void {
  span.setAttribute('error.type', code)
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) })
}

const stated = (attributes: SpanAttributes): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value == null ? [] : [[name, value]])),
  )
