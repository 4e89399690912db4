import type { End, HostState } from './host-state.ts'
import type { TurnReport } from './host-turns.ts'

/** So many different wants refused in a row, and the host is left alone. */
const enough = 5
const firstPauseMs = 10_000
const longestPauseMs = 3_600_000
/** The longest that a host's own word is taken for. */
const longestAskedMs = 24 * 3_600_000

/** What says that a host does not serve us, rather than that it has not what we ask for. */
const refusingCodes = new Set([
  'connection_refused',
  'connection_lost',
  'dns_failed',
  'tls_failed',
  'fetch_timeout',
])

const isRefusal = ({ status, code }: TurnReport) =>
  refusingCodes.has(code ?? '') ||
  (status !== undefined && (status === 403 || status === 429 || (status >= 500 && status < 600)))

/** Learns from an answer, or from there being none, whether the host is to be left alone, or is well again. */
export function heard(state: HostState, end: End, now: number): HostState {
  const { report } = end
  const isProbe = state.pause?.probe === end.id
  // What never reached the host, or was broken off by us, says nothing of it.
  if (!report || (report.status === undefined && !isRefusal(report)))
    return isProbe ? { ...state, pause: { ...state.pause, probe: null } } : state
  // What was still under way when a pause began does not end it: the probe does.
  const judged = isRefusal(report)
    ? refusedAgain(state, { end, report, isProbe }, now)
    : { ...state, refused: [], pause: isProbe ? null : state.pause }
  return asAsked(judged, report, now)
}

function refusedAgain(
  state: HostState,
  { end, report, isProbe }: { end: End; report: TurnReport; isProbe: boolean },
  now: number,
): HostState {
  const { pause } = state
  const refused = [...new Set([...state.refused, end.want])].slice(-enough)
  const isAlone = pause?.kind === 'refusing'
  if (isAlone ? !isProbe : refused.length < enough) return { ...state, refused }
  const strikes = isAlone ? pause.strikes + 1 : 0
  const until = now + Math.min(longestPauseMs, firstPauseMs * 2 ** strikes)
  const reason = reasonOf(report)
  return {
    ...state,
    refused,
    pause: { kind: 'refusing', until: Math.max(until, pause?.until ?? 0), reason, strikes, probe: null },
  }
}

/** What the host itself asks for binds all who ask it. */
function asAsked(state: HostState, report: TurnReport, now: number): HostState {
  if (!report.retryAfterMs) return state
  const until = now + Math.min(longestAskedMs, report.retryAfterMs)
  const pause = state.pause ?? { kind: 'asked', until, reason: reasonOf(report), strikes: 0, probe: null }
  return { ...state, pause: { ...pause, until: Math.max(until, pause.until) } }
}

const reasonOf = ({ code, status }: TurnReport) => code ?? `status ${status}`
