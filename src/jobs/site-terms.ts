import { siteAt } from '../discovery/find.ts'
import type { FetchPolicy } from '../fetch/fetcher.ts'
import type { RenderMode } from '../fetch/render-settings.ts'

/** A policy with the headers that the pages of one site want; those of the catalogue stand before them. */
export function policyFor<Policy extends FetchPolicy>(url: string, policy: Policy): Policy {
  const headers = siteAt(url)?.headers
  return headers ? { ...policy, headers: { ...headers, ...policy.headers } } : policy
}

/** Whether a page is to be rendered: where nobody decided for or against it, as the rules for its site say. */
export function renderModeFor(url: string, mode: RenderMode): RenderMode {
  return mode === 'when-needed' ? (siteAt(url)?.render ?? mode) : mode
}
