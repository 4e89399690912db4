import { setTimeout as sleep } from 'node:timers/promises'
import { answerOf } from './answer.ts'
import type { Answer, Answering } from './answer.ts'

/**
 * Lets any path misbehave when it is asked for behind one of these, counted for each path by itself:
 *
 * - `/slow/500/…` after 500 ms
 * - `/flaky/2/…` 503 twice, then as it should
 * - `/busy/2/…` 429 with `Retry-After: 1` twice (once without a number), then as it should
 * - `/status/410/…` that status, always
 * - `/redirect/3/…` through three redirects
 * - `/cut/1000/…` breaks off after 1,000 of the promised bytes, always
 * - `/changing/2/…` the photo itself twice (once without a number), then another photo for good, under another ETag
 */
export function misbehaviour(behave: Answering): Answering {
  const times = new Map<string, number>()
  const answer: Answering = async (asked, host) => {
    const found = /^\/(slow|flaky|busy|status|redirect|cut|changing)(?:\/(\d+))?(\/.*)?$/.exec(asked)
    if (!found) return behave(asked, host)
    const [, way, number, rest = '/'] = found
    const before = times.get(asked) ?? 0
    times.set(asked, before + 1)
    return ways[way as keyof typeof ways]({ rest, number: Number(number ?? 1), before }, (path) =>
      answer(path ?? rest, host),
    )
  }
  return answer
}

interface Asked {
  readonly rest: string
  readonly number: number
  /** How often it was asked for before. */
  readonly before: number
}
/** `next` answers the rest of the path, or another path. */
type Way = (asked: Asked, next: (path?: string) => Promise<Answer>) => Promise<Answer>

const says = (status: number, headers = {}) => answerOf(status, 'text/plain', `status ${status}`, headers)

const onePhoto = '/photos/relaxed-jeans.jpg'

const ways = {
  slow: async ({ number }, next) => {
    await sleep(number)
    return next()
  },
  flaky: async ({ number, before }, next) => (before < number ? says(503) : next()),
  busy: async ({ number, before }, next) => (before < number ? says(429, { 'retry-after': '1' }) : next()),
  status: async ({ number }) => says(number),
  redirect: async ({ number, rest }) =>
    says(302, { location: number > 1 ? `/redirect/${number - 1}${rest}` : rest }),
  cut: async ({ number }, next) => ({ ...(await next()), cutAfter: number }),
  changing: async ({ number, before, rest }, next) => {
    const other = rest === onePhoto ? '/photos/linen-dress.jpg' : onePhoto
    // Without its date, which would be the same for both.
    const { headers: _headers, ...answer } = await next(before < number ? rest : other)
    return answer
  },
} satisfies Record<string, Way>
