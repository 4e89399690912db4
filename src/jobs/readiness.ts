import { asMagpieError, type ErrorCode } from '../errors.ts'

/** What the work needs, and what is the matter with it. */
export interface Readiness {
  readonly isReady: boolean
  readonly checks: readonly Check[]
}

export interface Check {
  readonly name: 'database' | 'store' | 'queue'
  readonly error: { readonly code: ErrorCode; readonly message: string } | null
}

/** Who asks for readiness asks often, and does not wait long. */
const patienceMs = 2000

/** Asks all at once; what does not answer in time is taken to be away. */
export async function readiness(
  probes: Readonly<Record<Check['name'], () => Promise<unknown>>>,
): Promise<Readiness> {
  const checks = await Promise.all(
    Object.entries(probes).map(([name, probe]) => check(name as Check['name'], probe)),
  )
  return { isReady: checks.every(({ error }) => error === null), checks }
}

async function check(name: Check['name'], probe: () => Promise<unknown>): Promise<Check> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs)
  try {
    await Promise.race([probe(), late.promise])
    return { name, error: null }
  } catch (thrown) {
    const { code, message } = asMagpieError(thrown)
    return { name, error: { code, message } }
  } finally {
    clearTimeout(timer)
  }
}

/** A good answer is good for a while: a probe of a store writes to it, and somebody may be paid for that. */
export function remembered(
  probe: () => Promise<unknown>,
  { forMs = 10_000, now = () => performance.now() } = {},
): () => Promise<void> {
  let until = -Infinity
  return async () => {
    if (now() < until) return
    await probe()
    until = now() + forMs
  }
}
