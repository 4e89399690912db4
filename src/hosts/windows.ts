import type { HostLimits } from './host-turns.ts'

/** What was counted in one stretch of a window, by the number of the stretch since 1970. */
type Counted = readonly [stretch: number, amount: number]

/** The sliding windows of one host, by the limit they serve; those nobody limits are not kept. */
export type Windows = Readonly<Partial<Record<WindowName, readonly Counted[]>>>

export type WindowName = keyof typeof windows

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** A stretch leaves its window as a whole, once its last moment has: never too much, and at most one sixtieth too slow. */
const windows = {
  requestsPerSecond: { spanMs: 1000, stretchMs: 20, of: 'requests' },
  requestsPerMinute: { spanMs: minuteMs, stretchMs: 1000, of: 'requests' },
  requestsPerHour: { spanMs: hourMs, stretchMs: minuteMs, of: 'requests' },
  requestsPerDay: { spanMs: 24 * hourMs, stretchMs: 24 * minuteMs, of: 'requests' },
  bytesPerHour: { spanMs: hourMs, stretchMs: minuteMs, of: 'bytes' },
} as const satisfies Partial<Record<keyof HostLimits, unknown>>

export const windowNames = Object.keys(windows) as readonly WindowName[]

/** Counts what a window of this kind measures, where somebody limits it or has limited it lately. */
export function count(
  kept: Windows,
  { limits, of, amount }: { limits: HostLimits; of: 'requests' | 'bytes'; amount: number },
  now: number,
): Windows {
  const counted: Partial<Record<WindowName, readonly Counted[]>> = {}
  for (const name of windowNames) {
    const alive = stillIn(kept, name, now)
    const isMeant = windows[name].of === of && (limits[name] != null || alive.length > 0)
    const all = isMeant ? added(alive, Math.floor(now / windows[name].stretchMs), amount) : alive
    if (all.length > 0) counted[name] = all
  }
  return counted
}

function added(alive: readonly Counted[], stretch: number, amount: number): readonly Counted[] {
  const last = alive.at(-1)
  // A clock that was set back must not open a stretch before the last.
  return last && last[0] >= stretch
    ? [...alive.slice(0, -1), [last[0], last[1] + amount]]
    : [...alive, [stretch, amount]]
}

/** How much lies in a window now. */
export const used = (kept: Windows, name: WindowName, now: number): number =>
  stillIn(kept, name, now).reduce((sum, [, amount]) => sum + amount, 0)

/** When as much again will fit into a window whose limit this is; `now` if it does already. */
export function fitsAt(
  kept: Windows,
  { name, limit, more }: { name: WindowName; limit: number; more: number },
  now: number,
): number {
  const { spanMs, stretchMs } = windows[name]
  let inside = used(kept, name, now)
  let at = now
  for (const [stretch, amount] of stillIn(kept, name, now)) {
    if (inside + more <= limit) break
    inside -= amount
    at = (stretch + 1) * stretchMs + spanMs
  }
  return at
}

/** The time one request takes of a window's limit, in milliseconds. */
export const shareMs = (name: WindowName, limit: number): number => windows[name].spanMs / limit

const stillIn = (kept: Windows, name: WindowName, now: number): readonly Counted[] => {
  const { spanMs, stretchMs } = windows[name]
  return (kept[name] ?? []).filter(([stretch]) => (stretch + 1) * stretchMs > now - spanMs)
}
