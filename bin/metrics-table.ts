// The table of all metrics, as the code declares them; `npm run readme` writes it into the guide.
import path from 'node:path'
import { openExposition } from '../src/jobs/exposition.ts'
import { openMetrics } from '../src/jobs/metrics.ts'

/** Where the guide lies. */
export const observingGuidePath = path.join(import.meta.dirname, '../docs/guides/observing.md')

const between = /(<!-- metrics -->\n)[\s\S]*?(\n<!-- \/metrics -->)/

export interface DeclaredMetric {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly labelNames: readonly string[]
}

/** The metrics of ours, in the order of their names. */
export function declaredMetrics(): readonly DeclaredMetric[] {
  const metrics = openMetrics()
  const nothing = async () => []
  openExposition(metrics, {
    ...{ kinds: [], counts: nothing, hosts: nothing, workers: nothing, oldestTransaction: async () => null },
    paused: () => [],
    decoders: () => ({ running: 0, waiting: 0, restarts: 0, killed: 0 }),
  })
  const all = metrics.registry.getMetricsAsArray() as unknown as readonly DeclaredMetric[]
  return [...all].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function metricsTable(): string {
  const rows = declaredMetrics().map(({ name, type, labelNames, help }) => {
    const labels = labelNames.map((label) => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${type} | ${labels} | ${help} |`
  })
  return ['', '| metric | type | labels | means |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
}

/** The guide as it should be. */
export const withMetrics = (text: string): string => text.replace(between, `$1${metricsTable()}$2`)
