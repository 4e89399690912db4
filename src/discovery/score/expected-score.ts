import type { Candidate, ImageKind } from '../../catalog/image.ts'
import type { Picture } from '../merge.ts'
import type { PageFacts } from '../read/page-facts.ts'
import { rules } from './score-rules.ts'
import type { Part } from './score-rules.ts'
import { traitsOf } from './traits.ts'
import type { Traits } from './traits.ts'

/** Where a picture starts of which nothing is known. */
const base = 35
/** Points within which pictures promise the same, and then the page's own order speaks. */
const near = 12
const lifestyles = new Set(
  'lifestyle ambient ambience ambiance roomset room interior scene inspiration mood'.split(' '),
)

/** A picture with what its markup says and the parts of its score that follow from it. */
export interface Judged {
  readonly traits: Traits
  readonly parts: readonly Part[]
}

/** Looks at each picture of a page by itself. */
export function judged(pictures: readonly Picture[], page: PageFacts): readonly Judged[] {
  return pictures.map((picture) => {
    const traits = traitsOf(picture)
    return { traits, parts: rules.flatMap((rule) => rule(traits, page) ?? []) }
  })
}

/** The points of a picture's parts, from `base` on; not held to 0 to 100. */
export const worthOf = ({ parts }: Judged) => sumOf(parts)

/** Whether nothing says that a picture is a drawing, a blank, or another page's. */
export const isItself = ({ traits, parts }: Judged) =>
  !traits.standsIn &&
  traits.linksTo !== 'page' &&
  !parts.some(({ isPlace, kind, points }) => !isPlace && (kind || points <= -30))

/** The same without what its place on the page takes from it. */
export const worthAlone = ({ parts }: Judged) => sumOf(parts.filter(({ isPlace }) => !isPlace))

/**
 * What the markup alone promises of each picture of a page, given in page order: a score of 0 to 100 as a sum of named
 * parts with the points each gives, and what the picture may show. `repetition` says what follows for a picture from
 * being one of many alike.
 */
export function expectedScores(
  all: readonly Judged[],
  repetition: ReadonlyMap<number, Part>,
): readonly Candidate['expected'][] {
  const whole = all.map((one, at) => {
    const more = repetition.get(at)
    return more ? { ...one, parts: [...one.parts, more] } : one
  })
  const most = whole.reduce((best, { parts }) => Math.max(best, sumOf(parts)), base + near)
  const first = whole.findIndex(({ parts }) => sumOf(parts) >= most - near)
  return whole.map(({ traits, parts }, at) =>
    expected(
      traits,
      at === first ? [...parts, { points: near, reason: 'first of the pictures that promise most' }] : parts,
    ),
  )
}

/** Beyond this, a point counts a third, so that of several good pictures the better one still stands first. */
const plenty = 80

/** A sum of points as a score: 0 to 100, to one place behind the point. */
function held(sum: number): number {
  const bent = sum > plenty ? plenty + (sum - plenty) / 3 : sum
  return Math.round(10 * Math.max(0, Math.min(100, bent))) / 10
}

const sumOf = (parts: readonly Part[]) => parts.reduce((total, { points }) => total + points, base)

function expected(traits: Traits, parts: readonly Part[]): Candidate['expected'] {
  const score = held(sumOf(parts))
  return { score, kind: kindOf(traits, parts, score), reasons: parts.map(said) }
}

const said = ({ points, reason }: Part) => `${reason} (${points < 0 ? `−${-points}` : `+${points}`})`

function kindOf({ fileWords, altWords }: Traits, parts: readonly Part[], score: number): ImageKind {
  const told = parts.find(({ kind }) => kind)?.kind
  if (told) return told
  if (score < 45) return 'other'
  return [...fileWords, ...altWords].some((word) => lifestyles.has(word)) ? 'lifestyle' : 'product'
}
