import { sourcePolicy } from '../catalog/policy.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Accepted, Candidate } from '../catalog/image.ts'
import type { ImageId } from '../catalog/ids.ts'
import type { Facts } from '../imaging/facts.ts'
import type { Arrangeable } from './arrange.ts'

/** Values for tests: a good photograph, and what a test changes of it. */

export const facts = (changes: Partial<Facts> = {}): Facts => ({
  mediaType: 'image/jpeg',
  digest: '0'.repeat(64),
  byteSize: 300_000,
  bounds: { width: 1200, height: 1000 },
  frames: 1,
  hasAlpha: false,
  likenessHash: '0123456789abcdef',
  sharpness: 0.8,
  activity: 0.03,
  brightness: 0.5,
  contrast: 0.25,
  clippedDark: 0,
  clippedLight: 0,
  colourfulness: 0.4,
  border: { plainness: 0.2, threeSides: 0.25, lightness: 0.5 },
  flatness: 0.02,
  fewColours: 0.35,
  subjectColour: [120, 110, 100],
  ...changes,
})

export const onWhite: Partial<Facts> = {
  border: { plainness: 1, threeSides: 1, lightness: 1 },
  fewColours: 0.85,
  brightness: 0.8,
  clippedLight: 0.6,
}

export const drawn: Partial<Facts> = { flatness: 0.8, fewColours: 0.98 }

export const candidate = (changes: Partial<Candidate> = {}): Candidate => ({
  url: 'https://shop.example/a.jpg',
  position: 0,
  foundIn: 'img',
  declaredPrimary: false,
  altText: null,
  context: null,
  declared: {},
  expected: { score: 60, kind: 'product', reasons: [] },
  ...changes,
})

export const catalog = (
  changes: Partial<Pick<Catalog, 'itemKind' | 'order'>> & { keep?: Partial<Catalog['keep']> } = {},
): Catalog => ({
  name: 'shop',
  itemKind: changes.itemKind ?? 'product',
  store: 'memory',
  keep: { maxImages: 10, minScore: 0, min: { width: 100, height: 100 }, largest: 'prove', ...changes.keep },
  order: changes.order ?? 'source',
  variants: [],
  hotlink: 'never',
  freshness: { freshForMs: 0 },
  policy: sourcePolicy.parse({}),
  schedules: { sync: null },
})

const accepted = (changes: Partial<Accepted>): Accepted => ({
  accepted: true,
  score: 60,
  parts: {
    resolution: 60,
    sharpness: 0,
    detail: 0,
    exposure: 0,
    contrast: 0,
    shape: 0,
    context: 0,
    deductions: 0,
  },
  kind: 'product',
  hero: false,
  reasons: [],
  ...changes,
})

/** An image at a position, unlike all others unless told. */
export function image(
  position: number,
  {
    facts: ofFacts,
    ...changes
  }: Partial<Omit<Arrangeable, 'facts' | 'verdict'>> &
    Partial<Pick<Accepted, 'score' | 'kind'>> & { facts?: Partial<Facts> } = {},
): Arrangeable {
  const { score, kind, ...rest } = changes
  return {
    id: `image-${position}` as ImageId,
    position,
    declaredPrimary: false,
    url: `https://shop.example/${position}.jpg`,
    verdict: accepted({ ...(score !== undefined && { score }), ...(kind && { kind }) }),
    facts: facts({
      digest: String(position).padStart(64, '0'),
      likenessHash: hashes[position % hashes.length]!,
      ...ofFacts,
    }),
    ...rest,
  }
}

/** Far from one another. */
const hashes = [
  'ffffffff00000000',
  '0000ffffffff0000',
  'ff00ff00ff00ff00',
  'f0f0f0f0f0f0f0f0',
  'cccccccccccccccc',
  'aaaaaaaaaaaaaaaa',
  '00000000ffffffff',
  '0f0f0f0f0f0f0f0f',
]
