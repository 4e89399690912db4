const two = (part: number) => String(part).padStart(2, '0')

/** A moment for people, by this machine's clock: the time, and the day where that is not today. */
export function moment(at: Date, now: Date = new Date()): string {
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  if (at.toDateString() === now.toDateString()) return time
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`
}

/** The same, or a dash where there is none. */
export const momentOr = (at: Date | null): string => (at ? moment(at) : '–')

/** When something failed is tried again by itself, to be added to a sentence; nothing where it is not. */
export const again = (at: Date | string | null): string =>
  at === null ? '' : `, again at ${moment(new Date(at))}`
