import type { z } from 'zod'

/** Longer values are cut: the path says which is meant. */
const longestShown = 80

/** What is wrong with settings: for each fault its path, what was expected, and what was there instead. */
export const faultsOf = (issues: readonly z.core.$ZodIssue[], given: object, known: object): string =>
  issues
    .map((issue) => {
      const at = issue.path.join('.')
      const { message } = issue
      if (issue.code === 'unrecognized_keys')
        return `${at ? `${at}: ` : ''}${message}, known are ${Object.keys(valueAt(known, issue.path) ?? {}).join(', ')}`
      return `${at}: ${message}, got ${shown(valueAt(given, issue.path))}`
    })
    .join('; ')

const valueAt = (value: unknown, path: readonly PropertyKey[]): object | undefined =>
  path.reduce<unknown>(
    (inside, key) => (inside as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key],
    value,
  ) as object | undefined

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text
}
