// `npm run readme`: writes the settings into the README and the errors into their guide, as the code declares them.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { settings } from '../src/config.ts'
import { errorsGuide, errorsGuidePath } from './errors-guide.ts'
import { observingGuidePath, withMetrics } from './metrics-table.ts'

const readme = path.join(import.meta.dirname, '../README.md')
const between = /(<!-- settings -->\n)[\s\S]*?(\n<!-- \/settings -->)/

/** The table of all settings, in Markdown. */
function settingsTable(): string {
  const shown = (value: unknown) => {
    const text = Array.isArray(value)
      ? value.join(',')
      : typeof value === 'string'
        ? value
        : JSON.stringify(value)
    return value === null || text === '' ? '' : `\`${text}\``
  }
  const rows = Object.entries(settings).map(
    ([name, { byDefault, means }]) => `| \`${name}\` | ${shown(byDefault)} | ${means} |`,
  )
  return ['', '| setting | default | means |', '| --- | --- | --- |', ...rows, ''].join('\n')
}

/** The README as it should be. */
export const withSettings = (text: string): string => text.replace(between, `$1${settingsTable()}$2`)

if (import.meta.main) {
  writeFileSync(readme, withSettings(readFileSync(readme, 'utf8')))
  writeFileSync(errorsGuidePath, errorsGuide())
  writeFileSync(observingGuidePath, withMetrics(readFileSync(observingGuidePath, 'utf8')))
}
