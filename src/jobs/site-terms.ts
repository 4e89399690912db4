import { siteAt } from '../discovery/find.ts'
import type { FetchPolicy } from '../fetch/fetcher.ts'
import type { RenderMode } from '../fetch/render-settings.ts'

/** A policy with the headers that the pages of one site want; those of the catalogue stand before them. */
export function policyFor<Policy extends FetchPolicy>(url: string, policy: Policy): Policy {
  const wanted = siteAt(url)?.headers
  if (!wanted) return policy
  const own = new Set(Object.keys(policy.headers).map((name) => name.toLowerCase()))
  const others = Object.entries(wanted).filter(([name]) => !own.has(name.toLowerCase()))
  return { ...policy, headers: { ...Object.fromEntries(others), ...policy.headers } }
}

/**
 * The policy under which an address is asked that a source at `home` led to: its own at its origin. Any other has given
 * no leave, and has no business with our credentials.
 */
export function policyAt(address: string, home: string, policy: FetchPolicy): FetchPolicy {
  const isAtHome = address === home || URL.parse(address)?.origin === URL.parse(home)?.origin
  return isAtHome ? policy : { ...policy, headers: {}, robots: 'respect', optOut: 'respect' }
}

/** Whether a page is to be rendered: where nobody decided for or against it, as the rules for its site say. */
export function renderModeFor(url: string, mode: RenderMode): RenderMode {
  return mode === 'when-needed' ? (siteAt(url)?.render ?? mode) : mode
}
