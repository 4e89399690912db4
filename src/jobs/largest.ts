import { isNear } from '../assess/likeness.ts'
import type { Assets } from '../catalog/assets.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { ToIngest } from '../catalog/images.ts'
import type { Upgrades } from '../catalog/upgrades.ts'
import { sizeKey } from '../discovery/largest-url.ts'
import { asMagpieError } from '../errors.ts'
import type { Fetched, Validators } from '../fetch/fetcher.ts'
import type { Facts } from '../imaging/facts.ts'
import { waits } from './attempts.ts'
import { bestGuess, meaningOf, oldGuess, type Guess } from './guesses.ts'
import { everyNth } from './every-nth.ts'
import { digestOf } from './keep.ts'
import { inLanes } from './lanes.ts'
import type { Patience } from './patience.ts'

export interface LargestDeps {
  readonly upgrades: Upgrades
  readonly assets: Pick<Assets, 'touch'>
  readonly inspect: (bytes: Uint8Array, signal: AbortSignal) => Promise<Facts>
  readonly patiently: Patience
}

/** What came for an image. */
export interface Came {
  readonly fetched: Fetched
  /** Null: not measured yet. */
  readonly facts: Facts | null
  /** The made-up URL that it came from; null when it was the image's own. */
  readonly fetchedUrl: string | null
}

/** One image, and how its source is asked. */
export interface Order {
  readonly url: string
  readonly catalog: Pick<Catalog, 'keep'>
  /** Equal for those who would ask for the same in the same way. */
  readonly terms: string
  readonly ask: (url: string, known: Validators | null) => Promise<Fetched | null>
  readonly signal: AbortSignal
}

/** One in so many of those that are believed is proved again. */
const proveEvery = 50
/** Few wait with bytes in hand at a time: one for each rule that a host is teaching. */
const mostKept = 16
const mostBytesKept = 4 * 2 ** 20

/**
 * Fetches the largest version of an image that can be had: where a larger one is guessed to be, that is asked for first,
 * and taken only if it has more pixels and shows the same by its likeness; else the image's own URL gives its bytes.
 * Both are fetched until the host has taught whether such guesses are right; then the right one alone.
 */
export function largestVersion(deps: LargestDeps) {
  const inLane = inLanes()
  const trial = trials(deps)
  return {
    async first(order: Order): Promise<Came> {
      const guess = await bestGuess(deps.upgrades, order.url, order.catalog)
      if (!guess) return asNamed(order)
      if (guess.isTrusted) return trial.ask(order, guess)
      // One image teaches and the others of this process follow, so that a host is not asked in vain by all at once.
      return inLane(`${guess.host} ${guess.lesson}`, order.signal, async () => {
        const now = await bestGuess(deps.upgrades, order.url, order.catalog)
        return now ? trial.ask(order, now) : asNamed(order)
      })
    },
    /** Asks what gave the bytes whether they have changed; null when they have not. */
    async again(order: Order, held: NonNullable<ToIngest['held']>): Promise<Came | null> {
      const { url, ask, catalog } = order
      if (held.fetchedUrl !== null && catalog.keep.largest === 'prove')
        return trial.askAgain(order, oldGuess(url, held.fetchedUrl), held.validators)
      // The validators of another URL say nothing here.
      const fetched = await ask(url, held.fetchedUrl === null ? held.validators : null)
      return fetched && { fetched, facts: null, fetchedUrl: null }
    },
  }
}

const own = async ({ ask, url }: Order) => (await ask(url, null))!
const asNamed = async (order: Order): Promise<Came> => ({
  ...{ fetched: await own(order), facts: null },
  fetchedUrl: null,
})

type Measured = Came & { readonly facts: Facts }

interface Means {
  readonly deps: LargestDeps
  /** What was answered to a guess whose image then had to wait for its own turn; null: it was wrong. */
  readonly kept: Map<string, Fetched | null>
  readonly isDue: (name: string) => boolean
}

function trials(deps: LargestDeps) {
  const means: Means = { deps, kept: new Map(), isDue: everyNth(proveEvery) }
  const askAgain = async (order: Order, guess: Guess, known: Validators | null): Promise<Came | null> => {
    let fetched: Fetched | null
    try {
      fetched = await order.ask(guess.url, known)
    } catch (thrown) {
      return instead(means, { order, guess }, thrown)
    }
    return fetched && weigh(means, { order, guess }, fetched)
  }
  return {
    askAgain,
    async ask(order: Order, guess: Guess): Promise<Came> {
      const key = keyOf({ order, guess })
      const before = means.kept.get(key)
      means.kept.delete(key)
      if (before === undefined) return (await askAgain(order, guess, null))!
      const trial = { order, guess }
      return before ? weigh(means, trial, before) : refused(means, trial)
    },
  }
}

interface Trial {
  readonly order: Order
  readonly guess: Guess
}

const keyOf = ({ order, guess }: Trial) => `${guess.url} ${order.terms}`

/** What is done where the guess's answer was no picture. */
async function instead(means: Means, trial: Trial, thrown: unknown): Promise<Came> {
  const { order, guess } = trial
  const meaning = order.signal.aborted ? null : meaningOf(thrown, guess)
  if (!meaning) throw thrown
  return meaning === 'wrong' ? refused(means, trial) : asNamed(order)
}

/** Learns only when the image itself is there: where that is gone as well, the guess was not the matter. */
async function refused(means: Means, trial: Trial): Promise<Came> {
  const fetched = await original(means, trial, null)
  await learn(means, trial, 'refuse')
  return { fetched, facts: null, fetchedUrl: null }
}

/** The image by its own URL; what the guess was answered is kept for the next attempt if that has to wait. */
async function original({ kept }: Means, trial: Trial, answer: Fetched | null): Promise<Fetched> {
  try {
    return await own(trial.order)
  } catch (thrown) {
    if (waits.has(asMagpieError(thrown).code) && (answer?.bytes.length ?? 0) <= mostBytesKept) {
      // Whoever never came back for it makes room.
      const [oldest] = kept.keys()
      if (kept.size >= mostKept && oldest !== undefined) kept.delete(oldest)
      kept.set(keyOf(trial), answer)
    }
    throw thrown
  }
}

/** Takes what a guess led to, or the image's own if that is better or the guess wrong. */
async function weigh(means: Means, trial: Trial, fetched: Fetched): Promise<Came> {
  const { order, guess } = trial
  const measure = measurer(means.deps)
  let larger: Measured
  try {
    larger = { fetched, facts: await measure(fetched, order.signal), fetchedUrl: guess.url }
  } catch (thrown) {
    return instead(means, trial, thrown)
  }
  const isBelieved = guess.isTrusted && isAsLarge(larger.facts, order.url)
  if (isBelieved && !means.isDue(`${guess.host} ${guess.lesson}`)) return larger
  const named = await original(means, trial, fetched)
  const facts = await measure(named, order.signal)
  const isRight = pixels(larger.facts) > pixels(facts) && isNear(larger.facts, facts)
  await learn(means, trial, isRight ? 'prove' : 'refuse')
  return isRight ? larger : { fetched: named, facts, fetchedUrl: null }
}

const learn = ({ deps }: Means, { guess, order }: Trial, what: 'prove' | 'refuse') =>
  deps.patiently(() => deps.upgrades[what](guess.host, guess.lesson), order.signal)

/** Measures bytes, those excepted that we hold: they were measured when they came. */
const measurer =
  ({ assets, inspect, patiently }: LargestDeps) =>
  async ({ bytes }: Fetched, signal: AbortSignal): Promise<Facts> => {
    const before = await patiently(() => assets.touch(digestOf(bytes)), signal)
    return before?.facts ?? (await inspect(bytes, signal))
  }

const pixels = ({ bounds: { width, height } }: Facts) => width * height

/** Whether a picture is at least as large as the URL of the one that it stands for says of that. */
const isAsLarge = ({ bounds: { width, height } }: Facts, url: string) =>
  Math.max(width, height) >= (sizeKey(url).width ?? 0)
