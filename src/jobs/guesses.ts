import type { Catalog } from '../catalog/catalog.ts'
import type { Upgrades } from '../catalog/upgrades.ts'
import { largerUrls, namedShape, type LargerUrl } from '../discovery/larger-urls.ts'
import { asMagpieError, type ErrorCode } from '../errors.ts'
import { waits } from './attempts.ts'

/** Where a larger version of an image may be, and whether such guesses are believed at its host. */
export interface Guess extends LargerUrl {
  readonly host: string
  /** The name under which its host teaches of it. */
  readonly lesson: string
  readonly isTrusted: boolean
}

/** What says that there is no such picture, or none for us. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  ...(['source_not_found', 'source_gone', 'source_forbidden', 'source_legal', 'source_refused'] as const),
  ...(['source_error', 'source_opted_out', 'robots_disallowed', 'address_private', 'url_invalid'] as const),
  ...(['dns_not_found', 'response_invalid', 'redirect_invalid', 'redirects_exceeded', 'body_empty'] as const),
  ...(['body_too_large', 'encoding_unsupported', 'not_an_image', 'image_unsupported'] as const),
  ...(['image_corrupt', 'image_too_large', 'image_crashed', 'image_too_slow'] as const),
])
/** What passes: it says nothing of the guess, and is no reason to go without the image. */
const passing: ReadonlySet<ErrorCode> = new Set([
  ...(['source_busy', 'fetch_timeout', 'connection_lost', 'connection_refused', 'dns_failed'] as const),
  ...(['body_truncated', 'robots_unavailable', 'tls_failed'] as const),
])

/**
 * What a guess's failure means: it was wrong, or it cannot be had at the moment. Null: it is none of the guess's, as where
 * the host of both has us wait, and is to be thrown on.
 */
export function meaningOf(thrown: unknown, guess: Guess): 'wrong' | 'passing' | null {
  const { code } = asMagpieError(thrown)
  if (refusals.has(code)) return 'wrong'
  const isElsewhere = hostOf(guess.url) !== guess.host
  return passing.has(code) || (isElsewhere && waits.has(code) && code !== 'fetch_under_way')
    ? 'passing'
    : null
}

export const hostOf = (url: string): string => URL.parse(url)?.host ?? ''

/** The first guess that its host has not refused too often. */
export async function bestGuess(
  upgrades: Pick<Upgrades, 'standings'>,
  url: string,
  { keep }: Pick<Catalog, 'keep'>,
): Promise<Guess | null> {
  const guesses = keep.largest === 'prove' ? largerUrls(url) : []
  if (guesses.length === 0) return null
  const host = hostOf(url)
  const lessons = guesses.map((guess) => ({ ...guess, host, lesson: lessonOf(url, guess.rule) }))
  const standings = await upgrades.standings(
    host,
    lessons.map(({ lesson }) => lesson),
  )
  const guess = lessons.find(({ lesson }) => !standings.get(lesson)?.isOff)
  return guess ? { ...guess, isTrusted: standings.get(guess.lesson)?.isTrusted ?? false } : null
}

/** The guess that gave an image its bytes, to be proved again now that they have changed. */
export function oldGuess(url: string, from: string): Guess {
  const rule = largerUrls(url).find((guess) => guess.url === from)?.rule ?? 'forgotten'
  return { url: from, rule, host: hostOf(url), lesson: lessonOf(url, rule), isTrusted: false }
}

/** Sizes to which pictures are cut are learnt apart: what is cut away makes another picture, and says nothing of the rest. */
function lessonOf(url: string, rule: string): string {
  const shape = namedShape(url)
  return shape === null ? rule : `${rule} ${shape}`
}
