import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const said = new Set<string>()

/**
 * The folder of a shared data set beside the checkout, or null, with the reason printed once, where it is absent:
 * `describe.skipIf(!photos)(…)`.
 */
export function sharedData(
  name: 'pages' | 'photos' | 'malformed' | 'hostile' | 'faults' | 's3',
): string | null {
  return present(path.join('data', name))
}

/** A shared sample of what others' formats mean, parsed, or null, with the reason printed once, where it is absent. */
export function sharedSample<T>(name: string): T | null {
  const file = present(path.join('contracts/samples', name))
  return file === null ? null : (JSON.parse(readFileSync(file, 'utf8')) as T)
}

function present(name: string): string | null {
  const at = path.join(import.meta.dirname, '../../shared', name)
  if (existsSync(at)) return at
  if (!said.has(name)) console.warn(`skipped: the shared "${name}" is not beside this checkout`)
  said.add(name)
  return null
}
