import { createHash } from 'node:crypto'
import { z } from 'zod'

const limit = z.number().int().min(1).nullable()

/** What a source allows and wants, whole. Times in milliseconds; null is no limit. All hold over all processes together. */
const policySchema = z.strictObject({
  /** Requests under way at once to one host. */
  hostConcurrency: z.number().int().min(1),
  /** The least time between the starts of two requests to one host. */
  hostDelayMs: z.number().min(0),
  /** Above 0, requests go in batches of `hostConcurrency`, and so long passes between the end of one and the next. */
  batchPauseMs: z.number().min(0),
  requestsPerSecond: limit,
  requestsPerMinute: limit,
  requestsPerHour: limit,
  /** In any 24 hours. */
  requestsPerDay: limit,
  bytesPerHour: limit,
  /** Sent with every request to the source; never across a redirect to another origin. */
  headers: z.record(z.string(), z.string()).readonly(),
  robots: z.enum(['respect', 'ignore']),
  /** Whether a reservation against being collected, in headers or pages, is heeded. */
  optOut: z.enum(['respect', 'ignore']),
  /** Whether a browser renders its pages: never, when a page is an empty shell, or always; by default as RENDER says. */
  render: z.enum(['never', 'when-needed', 'always']).optional(),
})

type Policy = z.infer<typeof policySchema>

const genericWeb: Policy = {
  hostConcurrency: 4,
  hostDelayMs: 100,
  batchPauseMs: 0,
  requestsPerSecond: null,
  requestsPerMinute: null,
  requestsPerHour: null,
  requestsPerDay: null,
  bytesPerHour: null,
  headers: {},
  robots: 'respect',
  optOut: 'respect',
}

/** Feeds that their licence tells us to fetch from; robots.txt is for those who come unasked. */
const licensed = { ...genericWeb, hostDelayMs: 0, robots: 'ignore', optOut: 'ignore' } as const

/** The names that a policy can start from. */
export const presets = {
  'generic-web': genericWeb,
  /** docs.mlsgrid.com: going over suspends the token. Its media wants the token as User-Agent, which the catalogue adds. */
  'mls-grid': {
    ...licensed,
    hostConcurrency: 2,
    requestsPerSecond: 2,
    requestsPerHour: 7_200,
    requestsPerDay: 40_000,
    bytesPerHour: 4_000_000_000,
    headers: { 'accept-encoding': 'gzip' },
  },
  /** The baseline of its queries; its media, on the same host, have a quota of their own, which is larger. */
  trestle: { ...licensed, requestsPerMinute: 180, requestsPerHour: 7_200 },
  /** AMPRE, as PropTx and TRREB have it: a vendor's requests in a minute. */
  amplify: { ...licensed, hostConcurrency: 16, requestsPerMinute: 60_000 },
  'batch-5-500ms': { ...genericWeb, hostConcurrency: 5, hostDelayMs: 0, batchPauseMs: 500 },
} as const satisfies Record<string, Policy>

const presetName = z.enum(Object.keys(presets) as [keyof typeof presets, ...(keyof typeof presets)[]])

/**
 * A policy as it is written: a preset, if any, and what is to be otherwise. Read, it is whole; a preset's headers stay
 * beside those that are given.
 */
export const sourcePolicy = policySchema
  .partial()
  .extend({ preset: presetName.optional() })
  .transform(expanded)

/** A policy as it is stored: only what was said. */
export type PolicyAsGiven = z.input<typeof sourcePolicy>

/** A policy as it is followed. */
export type SourcePolicy = z.output<typeof sourcePolicy>

/**
 * How a source is asked, and for which size, in a word: equal where the same request would be made, and the same word of the source heeded.
 * What was fetched with one catalogue's credentials, or past its leave to ignore robots.txt, is no other catalogue's.
 */
export function termsOf(
  { headers, robots, optOut }: Pick<SourcePolicy, 'headers' | 'robots' | 'optOut'>,
  largest: 'prove' | 'as-named' = 'prove',
): string {
  const sent = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  const said = JSON.stringify([
    ...[sent.toSorted(([a], [b]) => (a < b ? -1 : 1)), robots, optOut],
    ...(largest === 'prove' ? [] : [largest]),
  ])
  return createHash('sha256').update(said).digest('hex').slice(0, 32)
}

function expanded({
  preset = 'generic-web',
  ...given
}: Partial<Policy> & { preset?: keyof typeof presets | undefined }): Readonly<
  Policy & { preset: keyof typeof presets }
> {
  const base: Policy = presets[preset]
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { preset, ...base, ...(said as Partial<Policy>), headers: { ...base.headers, ...given.headers } }
}
