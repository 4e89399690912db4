/** No client is kept waiting longer, whatever it says. */
const longestWaitS = 60

/** `wait=N` of a `Prefer` header (RFC 7240 §4.3) in seconds, as far as it is granted; null when nothing is said of it. */
export function preferredWaitS(header: string | readonly string[] | undefined): number | null {
  const preferences = [header ?? []].flat().flatMap((line) => line.split(','))
  for (const preference of preferences) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d+)"?\s*(?:;|$)/i.exec(preference) ?? []
    if (seconds !== undefined) return Math.min(Number(seconds), longestWaitS)
  }
  return null
}
