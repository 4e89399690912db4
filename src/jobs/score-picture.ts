import { assess } from '../assess/assess.ts'
import { measuredFor } from '../assess/measured.ts'
import { mostOfParts } from '../assess/score.ts'
import { catalogDefaults, type ItemKind } from '../catalog/catalog.ts'
import type { Candidate, ScorePart, Verdict } from '../catalog/image.ts'
import type { Facts } from '../imaging/facts.ts'

/** A picture by itself, with what may be said of it besides. */
export interface PictureToScore {
  readonly bytes: Uint8Array
  /** The name of its file, which may say what it is. */
  readonly name: string
  readonly altText: string | null
  readonly itemKind: ItemKind
}

/** A part of a score: what it brings, what it may bring at most, and what was measured. */
export interface ScoredPart {
  readonly part: ScorePart
  readonly points: number
  /** 0 for what only takes points. */
  readonly most: number
  readonly measured: string
}

export interface ScoredPicture {
  readonly facts: Facts
  readonly verdict: Verdict
  /** Empty for a picture that is refused before it gets a score. */
  readonly parts: readonly ScoredPart[]
}

/** Scoring without keeping: needs no database and writes nothing. */
export interface ScoreOnly {
  score(picture: PictureToScore, signal: AbortSignal): Promise<ScoredPicture>
  close(): Promise<void>
}

type Inspect = (bytes: Uint8Array, signal: AbortSignal) => Promise<Facts>

/**
 * Judges a picture as an ingest does, as if no page had shown it, so that its context brings nothing. However low its
 * score, it is told. Throws what decoding throws.
 */
export const scorePicture =
  (inspect: Inspect) =>
  async ({ bytes, name, altText, itemKind }: PictureToScore, signal: AbortSignal): Promise<ScoredPicture> => {
    const facts = await inspect(bytes, signal)
    const candidate = candidateOf(name, altText)
    const keep = { ...catalogDefaults.keep, minScore: 0, min: { width: 1, height: 1 } }
    const verdict = assess(candidate, facts, { ...catalogDefaults, name: 'none', itemKind, keep })
    if (!verdict.accepted) return { facts, verdict, parts: [] }
    const measured = measuredFor(facts, candidate)
    const most: Partial<Record<ScorePart, number>> = mostOfParts
    const names = Object.keys(verdict.parts) as ScorePart[]
    const parts = names.map((part) => ({
      part,
      points: verdict.parts[part],
      most: most[part] ?? 0,
      measured: measured[part],
    }))
    return { facts, verdict, parts }
  }

function candidateOf(name: string, altText: string | null): Candidate {
  return {
    url: `file:///${encodeURIComponent(name)}`,
    position: 0,
    foundIn: 'img',
    declaredPrimary: false,
    altText,
    context: null,
    declared: {},
    expected: { score: 0, kind: 'product', reasons: [] },
  }
}
