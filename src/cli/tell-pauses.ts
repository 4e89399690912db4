import type { Magpie } from '../jobs/magpie.ts'
import type { CliContext } from './context.ts'

const lookEveryMs = 200

/** Says when the work of this process is paused, and why, and when it goes on, as long as it is worked. */
export async function tellingPauses(
  { err }: Pick<CliContext, 'err'>,
  magpie: Pick<Magpie, 'pausedBecause'>,
  working: Promise<void>,
): Promise<void> {
  let before: string | null = null
  const look = () => {
    const now = magpie.pausedBecause()
    if (now === before) return
    err(now ? `magpie pauses: ${asSentence(now)} It goes on by itself.\n` : 'magpie goes on.\n')
    before = now
  }
  const looking = setInterval(look, lookEveryMs)
  await working.finally(() => clearInterval(looking))
}

const asSentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)
