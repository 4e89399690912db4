import type { CliContext } from './context.ts'

/** One line that is written over on a terminal; in a pipe, a line of its own now and then. */
export interface ProgressLine {
  show(text: string): void
  end(): void
}

const pipedEveryMs = 5_000

export function progressLine({ err, isTerminal }: Pick<CliContext, 'err' | 'isTerminal'>): ProgressLine {
  let shown = ''
  let lastMs = -Infinity
  return {
    show(text) {
      if (text === shown) return
      if (isTerminal) err(`\r\x1b[2K${text}`)
      else if (performance.now() - lastMs < pipedEveryMs) return
      else err(`${text}\n`)
      lastMs = performance.now()
      shown = text
    },
    end() {
      if (isTerminal && shown) err('\r\x1b[2K')
    },
  }
}
