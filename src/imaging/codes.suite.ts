import { MagpieError } from '../errors.ts'

/** The coded failure that a promise ends in; throws when it ends in none. */
export async function codeIn(work: Promise<unknown>): Promise<MagpieError> {
  try {
    await work
  } catch (error) {
    if (error instanceof MagpieError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
