import { existsSync } from 'node:fs'
import path from 'node:path'

const said = new Set<string>()

/**
 * The folder of a shared data set beside the checkout, or null, with the reason printed once, where it is absent:
 * `describe.skipIf(!photos)(…)`.
 */
export function sharedData(
  name: 'pages' | 'photos' | 'malformed' | 'hostile' | 'faults' | 's3',
): string | null {
  const folder = path.join(import.meta.dirname, '../../shared/data', name)
  if (existsSync(folder)) return folder
  if (!said.has(name)) console.warn(`skipped: the shared data "${name}" is not beside this checkout`)
  said.add(name)
  return null
}
