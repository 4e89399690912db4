import { createHash } from 'node:crypto'
import { hostOf, portOf, shown } from './checked-url.ts'
import type { Order } from './exchange.ts'
import type { FetchPolicy } from './fetcher.ts'
import { header, retryAfterMs, type Headers } from './statuses.ts'

/** Whose turn it is to ask a host. */
export interface HostTurns {
  /**
   * Waits until a request may start. Throws `host_busy`, `host_paused` or `fetch_under_way` with the time of its turn
   * as `retryAfterMs`, or the signal's reason.
   */
  take(ask: TurnAsk, signal: AbortSignal): Promise<Turn>
}

/** One request that wants to be made. */
export interface TurnAsk {
  readonly host: string
  /** The address as logs may show it. */
  readonly url: string
  /** What is wanted, as a digest: equal wants have equal answers. */
  readonly want: string
  /** Whether nobody else may ask for the same at the same time. */
  readonly alone: boolean
  /** Whether a redirect was followed to here, so that a longer wait is worth while. */
  readonly begun: boolean
  readonly limits: Omit<FetchPolicy, 'headers' | 'robots' | 'optOut'>
}

/** Leave to make one request now. */
export interface Turn {
  /** Gives the turn back, once, whatever became of the request. */
  end(report: TurnReport): void
}

/** How a request ended. With neither status nor code nothing is learnt from it. */
export interface TurnReport {
  readonly status?: number
  readonly code?: string
  /** How long the head of the answer was waited for, without what this process was busy with meanwhile. */
  readonly firstByteMs?: number
  /** What came of the body over the wire. */
  readonly bytes: number
  /** The host's own word on when to come back. */
  readonly retryAfterMs?: number
}

/** What a hop asks its host for. Its robots.txt may slow it down further. */
export function turnAsk(
  url: URL,
  { policy, asking, alone = true }: Order,
  { atHome, begun, crawlDelayMs }: { atHome: boolean; begun: boolean; crawlDelayMs: number },
): TurnAsk {
  const { headers, robots: _, optOut: __, ...limits } = policy
  const want = JSON.stringify([url.href, asking.accept, atHome ? headers : {}])
  return {
    host: `${hostOf(url)}:${portOf(url)}`,
    url: shown(url),
    want: createHash('sha256').update(want).digest('hex'),
    alone,
    begun,
    limits: { ...limits, hostDelayMs: Math.max(limits.hostDelayMs, crawlDelayMs) },
  }
}

const refusing: readonly number[] = [403, 429, 503]

/** When a host wants to be left alone until. What vendors say of their windows counts only where they refuse for it. */
export function askedForMs(status: number, headers: Headers): number | undefined {
  if (status < 300 || status === 304) return undefined
  const after = header(headers, 'retry-after') ?? undefined
  return retryAfterMs(refusing.includes(status) ? headers : { 'retry-after': after }, Date.now())
}
