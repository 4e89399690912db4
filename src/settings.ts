import { z } from 'zod'
import { MagpieError } from './errors.ts'

/** One setting: how it is read, its default, and what it means, for complaints and for the README's table. */
export interface Setting<T> {
  readonly schema: z.ZodType<T, string | undefined>
  readonly byDefault: T
  readonly means: string
}

type Declared = Readonly<Record<string, Setting<unknown>>>

/** The values of a room's settings. */
export type Values<S extends Declared> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

/** A number, with its bounds; `1e6` and `25_000_000` are fine. */
export function number(of: { default: number; min?: number; max?: number; means: string }): Setting<number> {
  const schema = z
    .string()
    .optional()
    .transform((text) => (text === undefined ? of.default : numberIn(text)))
    .pipe(bounded(of))
  return { schema, byDefault: of.default, means: of.means }
}

/** A number that may be left out. */
export function optionalNumber(of: { min?: number; max?: number; means: string }): Setting<number | null> {
  const schema = z
    .string()
    .optional()
    .transform((text) => (text ? numberIn(text) : null))
    .pipe(bounded(of).nullable())
  return { schema, byDefault: null, means: of.means }
}

const numberIn = (text: string): number => (text.trim() === '' ? NaN : Number(text.replaceAll('_', '')))

const bounded = (of: { min?: number; max?: number }) =>
  z
    .number({ error: 'must be a number' })
    .min(of.min ?? -Infinity, { error: `must be at least ${of.min}` })
    .max(of.max ?? Infinity, { error: `must be at most ${of.max}` })

/** Any text. */
export function text(of: { default: string; means: string }): Setting<string> {
  return {
    schema: z
      .string()
      .optional()
      .transform((value) => value ?? of.default),
    byDefault: of.default,
    means: of.means,
  }
}

/** Text that may be left out. */
export function optional(of: { means: string }): Setting<string | null> {
  return {
    schema: z
      .string()
      .optional()
      .transform((value) => value || null),
    byDefault: null,
    means: of.means,
  }
}

/** One of a few words. */
export function oneOf<const W extends string>(
  words: readonly W[],
  of: { default: W; means: string },
): Setting<W> {
  const schema = z
    .string()
    .optional()
    .transform((value) => value ?? of.default)
    .pipe(z.enum(words as readonly [W, ...W[]], { error: `must be one of ${words.join(', ')}` }))
  return { schema, byDefault: of.default, means: of.means }
}

/** A list, written with commas. */
export function list(of: { means: string }): Setting<readonly string[]> {
  const schema = z
    .string()
    .optional()
    .transform((value) =>
      (value ?? '')
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean),
    )
  return { schema, byDefault: [], means: of.means }
}

/**
 * Reads declared settings from an environment.
 * Throws `setting_invalid`, naming the setting, the value it had and what it means.
 */
export function readSettings<S extends Declared>(
  declared: S,
  environment: Readonly<Record<string, string | undefined>>,
): Values<S> {
  const values: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(declared)) {
    const read = setting.schema.safeParse(environment[name])
    if (!read.success) {
      const complaint = read.error.issues[0]?.message ?? 'is not valid'
      throw new MagpieError(
        'setting_invalid',
        `${name} ${complaint}, got "${environment[name]}" — ${setting.means} (default ${JSON.stringify(setting.byDefault)})`,
        { setting: name, measured: environment[name] },
      )
    }
    values[name] = read.data
  }
  return values as Values<S>
}
