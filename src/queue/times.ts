/** How long things take in the queue, in milliseconds. Tests shorten them. */
export interface Times {
  /** Each working process says so often that it lives, and looks for what dead ones held and for schedules that are due. */
  readonly beatMs: number
  /** A process that has said nothing for so long is dead: three beats, so that two may be late. */
  readonly lostAfterMs: number
  /** A notification may be lost with its connection, and a retry is announced by nobody: so often we look ourselves. */
  readonly pollMs: number
  /** How long an attempt may take to notice that it was interrupted by the end of the drain. */
  readonly graceMs: number
  /** How long an attempt that was told that it is too slow may go on, until it is let go. */
  readonly ignoredMs: number
}

export const ordinaryTimes: Times = {
  beatMs: 5_000,
  lostAfterMs: 15_000,
  pollMs: 500,
  graceMs: 2_000,
  ignoredMs: 30_000,
}
