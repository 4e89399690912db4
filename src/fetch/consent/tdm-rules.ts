import { comparablePath, matches, pathPattern, type PathPattern } from './path-patterns.ts'

/** Whether the right to text and data mining is reserved, and on which terms it is granted (TDMRep). */
export interface Reservation {
  /** 1 reserved, 0 not, null when nothing is said. */
  readonly tdmReservation: 0 | 1 | null
  /** Where the terms are; null without a reservation. */
  readonly tdmPolicy: string | null
}

export interface TdmRule extends Reservation {
  readonly pattern: PathPattern
}

export const unreserved: Reservation = { tdmReservation: null, tdmPolicy: null }

/** Reads a tdmrep.json; what is not as the protocol has it is passed over, down to the whole file. */
export function tdmRules(text: string): readonly TdmRule[] {
  const file = parsed(text)
  if (!Array.isArray(file)) return []
  return file.flatMap((entry: unknown): TdmRule[] => {
    if (typeof entry !== 'object' || entry === null) return []
    const { location, ...said } = entry as Readonly<Record<string, unknown>>
    const reservation = reservationOf(said['tdm-reservation'], said['tdm-policy'])
    if (typeof location !== 'string' || reservation.tdmReservation === null) return []
    return [{ pattern: pathPattern(location), ...reservation }]
  })
}

/** What a site's rules say of a path with its query: the first that matches decides. */
export function reservationFor(rules: readonly TdmRule[], path: string): Reservation {
  const compared = comparablePath(path)
  const { tdmReservation, tdmPolicy } = rules.find(({ pattern }) => matches(pattern, compared)) ?? unreserved
  return { tdmReservation, tdmPolicy }
}

/** A reservation as a file, a header or a page writes it; anything but 0 and 1 says nothing. */
export function reservationOf(reservation: unknown, policy: unknown): Reservation {
  const word = String(reservation).trim()
  return {
    tdmReservation: word === '1' ? 1 : word === '0' ? 0 : null,
    tdmPolicy: typeof policy === 'string' ? addressOf(policy.trim()) : null,
  }
}

/** What is said nearer to the resource goes before what is said further away, and silence changes nothing. */
export function refined(further: Reservation, nearer: Reservation): Reservation {
  const tdmReservation = nearer.tdmReservation ?? further.tdmReservation
  return { tdmReservation, tdmPolicy: tdmReservation === 1 ? (nearer.tdmPolicy ?? further.tdmPolicy) : null }
}

const addressOf = (text: string) => (/^https?:\/\/[\x21-\x7e]{1,2000}$/i.test(text) ? text : null)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
