/** How far a value has come from one end to the other, held between 0 and 1. */
export const ramp = (value: number, from: number, to: number): number =>
  Math.max(0, Math.min(1, (value - from) / (to - from)))

/** Rounded to one decimal, as all scores are. */
export const tenths = (value: number): number => Math.round(value * 10) / 10
