import { sql } from 'kysely'
import type { Db } from '../database.ts'
import { batched } from './batched.ts'

/** What a host has taught of one rule by which larger versions of its pictures are guessed, or of one of its cases. */
export interface Standing {
  /** Guesses that were found larger and the same picture often enough, and none wrong since. */
  readonly isTrusted: boolean
  /** Wrong too often, and not long ago: not to be tried. */
  readonly isOff: boolean
}

/** What hosts have taught of guesses, for all processes and for good. */
export interface Upgrades {
  /** How rules stand at a host; of those that were never tried there nothing. */
  standings(host: string, rules: readonly string[]): Promise<ReadonlyMap<string, Standing>>
  /** A guess was larger and the same picture. */
  prove(host: string, rule: string): Promise<void>
  /** A guess led nowhere, or to something else. */
  refuse(host: string, rule: string): Promise<void>
}

const provedEnough = 3
const refusedEnough = 2

/** Opens the table; a rule that is off at a host is tried there again after so many days. */
export function openUpgrades(db: Db, againAfterDays: number): Upgrades {
  const again = sql`${againAfterDays} * interval '1 day'`
  return {
    standings: (() => {
      const find = batched((asks: readonly Ask[]) => findStandings(db, asks, againAfterDays))
      return (host: string, rules: readonly string[]) => find({ host, rules })
    })(),
    async prove(host, rule) {
      // Who is trusted anew is forgiven what was before.
      await sql`
        insert into upgrades as u (host, rule, proved) values (${host}, ${rule}, 1)
        on conflict (host, rule) do update set
          proved = u.proved + 1, updated_at = now(),
          refused = case when u.proved + 1 >= ${provedEnough} then 0 else u.refused end`.execute(db)
    },
    async refuse(host, rule) {
      await sql`
        insert into upgrades as u (host, rule, refused, refused_at) values (${host}, ${rule}, 1, now())
        on conflict (host, rule) do update set
          proved = 0, updated_at = now(), refused_at = now(),
          refused = case when u.refused_at < now() - ${again} then 1 else u.refused + 1 end`.execute(db)
    },
  }
}

interface Ask {
  readonly host: string
  readonly rules: readonly string[]
}

async function findStandings(
  db: Db,
  asks: readonly Ask[],
  againAfterDays: number,
): Promise<readonly ReadonlyMap<string, Standing>[]> {
  const { rows } = await sql<Standing & { host: string; rule: string }>`
    select host, rule, proved >= ${provedEnough} as "isTrusted",
      refused >= ${refusedEnough} and refused_at > now() - ${againAfterDays} * interval '1 day' as "isOff"
    from upgrades where host in (${sql.join([...new Set(asks.map(({ host }) => host))])})`.execute(db)
  return asks.map(
    ({ host, rules }) =>
      new Map(
        rows
          .filter((row) => row.host === host && rules.includes(row.rule))
          .map(({ rule, isTrusted, isOff }) => [rule, { isTrusted, isOff }]),
      ),
  )
}
