/** Text as PostgreSQL takes it: pages may hold NUL and halves of surrogate pairs, which UTF-8 has no bytes for. */
export const storable = <T extends string | null>(text: T): T =>
  (text === null ? null : text.toWellFormed().replaceAll('\0', '\ufffd')) as T

/** The same for every text in a value, which is written as JSON. */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? storable(part) : part))
