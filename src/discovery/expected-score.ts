import type { Candidate, ImageKind } from '../catalog/image.ts'
import type { Picture } from './merge.ts'
import type { PageFacts } from './page-facts.ts'
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

/**
 * What the markup alone promises of each picture of a page, given in page order: a score of 0 to 100 as a sum of named
 * parts with the points each gives, and what the picture may show.
 */
export function expectedScores(
  pictures: readonly Picture[],
  page: PageFacts,
): readonly Candidate['expected'][] {
  const judged = pictures.map((picture) => {
    const traits = traitsOf(picture)
    return { traits, parts: rules.flatMap((rule) => rule(traits, page) ?? []) }
  })
  const most = judged.reduce((best, { parts }) => Math.max(best, sumOf(parts)), base + near)
  const first = judged.findIndex(({ parts }) => sumOf(parts) >= most - near)
  return judged.map(({ traits, parts }, at) =>
    expected(
      traits,
      at === first ? [...parts, { points: near, reason: 'first of the pictures that promise most' }] : parts,
    ),
  )
}

const sumOf = (parts: readonly Part[]) => parts.reduce((total, { points }) => total + points, base)

function expected(traits: Traits, parts: readonly Part[]): Candidate['expected'] {
  const score = Math.max(0, Math.min(100, sumOf(parts)))
  return { score, kind: kindOf(traits, parts, score), reasons: parts.map(said) }
}

const said = ({ points, reason }: Part) => `${reason} (${points < 0 ? `−${-points}` : `+${points}`})`

function kindOf({ fileWords, altWords }: Traits, parts: readonly Part[], score: number): ImageKind {
  const told = parts.find(({ kind }) => kind)?.kind
  if (told) return told
  if (score < 45) return 'other'
  return [...fileWords, ...altWords].some((word) => lifestyles.has(word)) ? 'lifestyle' : 'product'
}
