/** How the makes of S3 differ, as far as a store of blobs can tell; `old` is one that never heard of conditional puts. */
export interface Make {
  /** What comes of `If-None-Match: *`. */
  readonly conditionalPut: 'heeded' | 'refused' | 'ignored'
  /** Whether a conditional put that meets another one under way is told to come again. */
  readonly saysConflict: boolean
  /** How often a key may be written. */
  readonly writesApartMs: number
  readonly equalParts: boolean
}

const plain: Make = { conditionalPut: 'heeded', saysConflict: false, writesApartMs: 0, equalParts: false }

export const makes = {
  aws: { ...plain, saysConflict: true },
  r2: { ...plain, writesApartMs: 1_000, equalParts: true },
  minio: plain,
  swift: { ...plain, conditionalPut: 'refused' },
  old: { ...plain, conditionalPut: 'ignored' },
} as const satisfies Record<string, Make>

export type MakeName = keyof typeof makes
