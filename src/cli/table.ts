/** Rows under their heads, in columns as wide as they need; the last column is not padded. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column]!)))
      .join('  ')
  return [heads, ...rows].map((cells) => line(cells).trimEnd()).join('\n')
}

/** A byte size for people. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`
  if (size < 1e6) return `${Math.round(size / 1000)} KB`
  return size < 1e9 ? `${(size / 1e6).toFixed(1)} MB` : `${(size / 1e9).toFixed(2)} GB`
}

/** `1 image`, `2 images`. */
export const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`

/** Cut at its end. */
export const clipped = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`

/** Cut in its middle, where addresses differ least. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text
  const half = Math.floor((length - 1) / 2)
  return `${text.slice(0, half)}…${text.slice(-half)}`
}
