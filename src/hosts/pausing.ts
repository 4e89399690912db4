import type { End, HostState } from './host-state.ts'
import type { TurnReport } from './host-turns.ts'

/** So many different wants refused in a row, and the host is left alone. */
const enough = 5
/**
 * So many forbidden in a row, with nothing else between, and it is shut to us, not one catalogue's pictures: a host may
 * be shared by all.
 */
const enoughForbidden = 50
const firstPauseMs = 10_000
const longestPauseMs = 3_600_000
const longestForbiddenPauseMs = 60_000
/** The longest that a host's own word is taken for, where it is about how much we ask, and where it is about an address. */
const longestAskedMs = 24 * 3_600_000
const longestAskedOfOneMs = 60_000

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
  (status !== undefined && (status === 429 || (status >= 500 && status < 600)))

const isForbidden = ({ status }: TurnReport) => status === 401 || status === 403

/** Learns from an answer, or from there being none, whether the host is to be left alone, or is well again. */
export function heard(state: HostState, { want, id, report }: End, now: number): HostState {
  const isProbe = state.pause?.probe === id
  // What never reached the host, or was broken off by us, says nothing of it.
  if (!report || (report.status === undefined && !isRefusal(report)))
    return isProbe ? { ...state, pause: { ...state.pause, probe: null } } : state
  return asAsked(judged(state, { want, report, isProbe }, now), report, now)
}

interface Heard {
  readonly want: string
  readonly report: TurnReport
  readonly isProbe: boolean
}

function judged(state: HostState, of: Heard, now: number): HostState {
  const { want, report, isProbe } = of
  if (isRefusal(report)) {
    const refused = [...new Set([...state.refused, want])].slice(-enough)
    const isEnough = state.pause?.kind === 'refusing' || refused.length === enough
    return isEnough
      ? leftAlone({ ...state, refused }, { ...of, longestMs: longestPauseMs }, now)
      : { ...state, refused }
  }
  if (isForbidden(report)) {
    const forbidden = Math.min(state.forbidden + 1, enoughForbidden)
    if (forbidden === enoughForbidden)
      return leftAlone({ ...state, forbidden }, { ...of, longestMs: longestForbiddenPauseMs }, now)
    return isProbe ? { ...state, forbidden, refused: [], pause: null } : { ...state, forbidden }
  }
  // What was still under way when a pause began does not end it: the probe does.
  return { ...state, refused: [], forbidden: 0, pause: isProbe ? null : state.pause }
}

/** A pause, doubled each time that its probe is refused as well. */
function leftAlone(
  state: HostState,
  { report, isProbe, longestMs }: Heard & { readonly longestMs: number },
  now: number,
): HostState {
  const { pause } = state
  const isAlone = pause?.kind === 'refusing'
  if (isAlone && !isProbe) return state
  const strikes = isAlone ? pause.strikes + 1 : 0
  const until = Math.max(now + Math.min(longestMs, firstPauseMs * 2 ** strikes), pause?.until ?? 0)
  return { ...state, pause: { kind: 'refusing', until, reason: reasonOf(report), strikes, probe: null } }
}

/** What the host itself asks for binds all who ask it; said of one address, only for a moment. */
function asAsked(state: HostState, report: TurnReport, now: number): HostState {
  if (!report.retryAfterMs) return state
  const isOfAll = report.status === 429 || report.status === 503
  const until = now + Math.min(isOfAll ? longestAskedMs : longestAskedOfOneMs, report.retryAfterMs)
  const pause = state.pause ?? { kind: 'asked', until, reason: reasonOf(report), strikes: 0, probe: null }
  return { ...state, pause: { ...pause, until: Math.max(until, pause.until) } }
}

const reasonOf = ({ code, status }: TurnReport) => code ?? `status ${status}`
