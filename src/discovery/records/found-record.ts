import type { PageRecord } from '../finder.ts'

/** A record whose pictures are still numbers. */
export interface FoundRecord extends Omit<PageRecord, 'images'> {
  readonly pictures: readonly number[]
}
