import { z } from 'zod'
import { storeNames } from '../storage/blob-store.ts'
import { sourcePolicy } from './policy.ts'

const bounds = z.strictObject({ width: z.number().int().min(0), height: z.number().int().min(0) }).readonly()

/** What a catalogue may be called. */
export const catalogName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, { error: 'must be lower-case letters, digits, dots and dashes' })

/** What is worth keeping: at most so many images, scores at least so high, pictures at least so large. */
const limits = z
  .strictObject({
    maxImages: z.number().int().min(1).default(100),
    minScore: z.number().min(0).max(100).default(20),
    min: bounds.default({ width: 200, height: 200 }),
    /** Which size of a picture: the largest that its URL lets us guess and that is proved to be it, or the one that is named. */
    largest: z.enum(['prove', 'as-named']).default('prove'),
  })
  .readonly()

const variantSpec = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
    width: z.number().int().min(1).max(16_383).nullable(),
    height: z.number().int().min(1).max(16_383).nullable(),
    fit: z.enum(['inside', 'cover', 'contain']),
    format: z.enum(['webp', 'jpeg', 'lossless-strip']),
    quality: z.number().int().min(1).max(100),
  })
  .readonly()

/** When something comes by itself: five fields as crontab(5) has them, and a name of the IANA time zone database. */
const byTheClock = z
  .strictObject({ cron: z.string().min(9).max(200), timeZone: z.string().min(1).max(64).default('UTC') })
  .readonly()

/** One upstream catalogue and how its images are handled. A row, validated; never code. */
export const catalogSchema = z
  .object({
    name: catalogName,
    itemKind: z.enum(['product', 'vehicle', 'property', 'campaign', 'other']),
    store: z.enum(storeNames),
    keep: limits,
    order: z.enum(['source', 'score']),
    variants: z.array(variantSpec).readonly(),
    /** May we answer with the source's own URL? Some feeds forbid it. */
    hotlink: z.enum(['never', 'until-ready']),
    freshness: z
      .strictObject({
        /** How long an image may be used without asking its source. */
        freshForMs: z.number().min(0),
      })
      .readonly(),
    policy: sourcePolicy,
    schedules: z
      .strictObject({
        /** When the catalogue's sources are looked at again. */
        sync: byTheClock.nullable(),
      })
      .readonly(),
  })
  .readonly()

export type Catalog = z.infer<typeof catalogSchema>
/** A catalogue's settings as they are given; what is not said has its default. */
export type CatalogChanges = Partial<Omit<z.input<typeof catalogSchema>, 'name'>>
export type ItemKind = Catalog['itemKind']

const hour = 3_600_000

/** What a catalogue is where its settings say nothing else. */
export const catalogDefaults: Omit<Catalog, 'name'> = {
  itemKind: 'product',
  store: 'disk',
  keep: limits.parse({}),
  order: 'source',
  variants: [
    { name: 'thumb', width: 320, height: 320, fit: 'inside', format: 'webp', quality: 80 },
    { name: 'large', width: 1600, height: 1600, fit: 'inside', format: 'webp', quality: 82 },
    { name: 'full', width: null, height: null, fit: 'inside', format: 'lossless-strip', quality: 100 },
  ],
  hotlink: 'never',
  freshness: { freshForMs: 24 * hour },
  policy: sourcePolicy.parse({}),
  schedules: { sync: null },
}
