import type { Catalog } from '../catalog/catalog.ts'
import type { Candidate, Rejected } from '../catalog/image.ts'

/** Below this, what the markup says is of a tracker, an icon, a logo, a sprite: not worth a request. */
const leastExpected = 20

/** A few more than are kept, as some will turn out dead, small or doubled. */
const spare = (maxImages: number) => maxImages + Math.ceil(maxImages / 4) + 2

/**
 * Decides from markup alone which candidates are fetched: null, or why not. Those refused as `surplus` are a reserve
 * that an arrangement may call upon.
 */
export function choose(
  candidates: readonly Candidate[],
  keep: Pick<Catalog['keep'], 'maxImages' | 'minScore'>,
): readonly (Rejected | null)[] {
  const promising = candidates
    .filter(({ expected }) => expected.score >= leastExpected)
    .sort((a, b) => b.expected.score - a.expected.score || a.position - b.position)
  const chosen = new Set(promising.slice(0, spare(keep.maxImages)))
  return candidates.map((candidate) => (chosen.has(candidate) ? null : refusal(candidate, keep)))
}

function refusal({ expected }: Candidate, keep: Pick<Catalog['keep'], 'maxImages' | 'minScore'>): Rejected {
  if (expected.score >= leastExpected)
    return {
      accepted: false,
      reason: 'surplus',
      detail: `only the ${spare(keep.maxImages)} most promising are fetched`,
    }
  const reason = expected.kind === 'graphic' ? 'graphic' : 'low-score'
  const why = expected.reasons.length > 0 ? expected.reasons.join(', ') : 'nothing speaks for it'
  return { accepted: false, reason, detail: `not fetched: expected score ${expected.score}, ${why}` }
}
