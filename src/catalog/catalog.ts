import { z } from 'zod'

const bounds = z.object({ width: z.number().int().min(0), height: z.number().int().min(0) }).readonly()

const variantSpec = z
  .object({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
    width: z.number().int().min(1).max(16_383).nullable(),
    height: z.number().int().min(1).max(16_383).nullable(),
    fit: z.enum(['inside', 'cover', 'contain']),
    format: z.enum(['webp', 'jpeg', 'lossless-strip']),
    quality: z.number().int().min(1).max(100),
  })
  .readonly()

/** One upstream catalogue and how its images are handled. A row, validated; never code. */
export const catalogSchema = z
  .object({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, { error: 'must be lower-case letters, digits, dots and dashes' }),
    itemKind: z.enum(['product', 'vehicle', 'property', 'campaign', 'other']),
    store: z.enum(['disk', 'memory']),
    /** What is worth keeping: at most so many images, scores at least so high, pictures at least so large. */
    keep: z
      .object({ maxImages: z.number().int().min(1), minScore: z.number().min(0).max(100), min: bounds })
      .readonly(),
    order: z.enum(['source', 'score']),
    variants: z.array(variantSpec).readonly(),
    /** May we answer with the source's own URL? Some feeds forbid it. */
    hotlink: z.enum(['never', 'until-ready']),
    freshness: z
      .object({
        /** How long an image may be used without asking its source. */
        freshForMs: z.number().min(0),
      })
      .readonly(),
    policy: z
      .object({
        hostConcurrency: z.number().int().min(1),
        hostDelayMs: z.number().min(0),
        headers: z.record(z.string(), z.string()).readonly(),
        robots: z.enum(['respect', 'ignore']),
      })
      .readonly(),
  })
  .readonly()

export type Catalog = z.infer<typeof catalogSchema>
export type CatalogChanges = Partial<Omit<Catalog, 'name'>>
export type ItemKind = Catalog['itemKind']

const hour = 3_600_000

/** What a catalogue is where its settings say nothing else. */
export const catalogDefaults: Omit<Catalog, 'name'> = {
  itemKind: 'product',
  store: 'disk',
  keep: { maxImages: 100, minScore: 20, min: { width: 200, height: 200 } },
  order: 'source',
  variants: [
    { name: 'thumb', width: 320, height: 320, fit: 'inside', format: 'webp', quality: 80 },
    { name: 'large', width: 1600, height: 1600, fit: 'inside', format: 'webp', quality: 82 },
    { name: 'full', width: null, height: null, fit: 'inside', format: 'lossless-strip', quality: 100 },
  ],
  hotlink: 'never',
  freshness: { freshForMs: 24 * hour },
  policy: { hostConcurrency: 4, hostDelayMs: 100, headers: {}, robots: 'respect' },
}
