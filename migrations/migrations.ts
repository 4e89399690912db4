import type { Migration } from 'kysely/migration'
import * as walk from './0001-walk.ts'
import * as work from './0002-work.ts'
import * as attempts from './0003-attempts.ts'
import * as fetches from './0004-fetches.ts'
import * as twins from './0005-twins.ts'
import * as terms from './0006-terms.ts'
import * as failures from './0007-failures.ts'
import * as upgrades from './0008-upgrades.ts'

/** All migrations by name, applied in the names' order at every start. Never edit one that was released. */
export const migrations: Record<string, Migration> = {
  '0001-walk': walk,
  '0002-work': work,
  '0003-attempts': attempts,
  '0004-fetches': fetches,
  '0005-twins': twins,
  '0006-terms': terms,
  '0007-failures': failures,
  '0008-upgrades': upgrades,
}
