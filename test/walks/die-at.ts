// Preloaded into a worker by the kill tests: the process kills itself, with no chance to tidy up, at the Nth time that
// it comes to a stage. DIE_AT=stage:N. The stages are seen from outside, in what is asked of database and disk. The
// stage `poison` is the keeping of the one blob whose key has DIE_OF in it.
import { writeSync } from 'node:fs'
import fsPromises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'

const [stage, nth] = (process.env['DIE_AT'] ?? '').split(':')
let left = Number(nth ?? 1)

function die(at: string): void {
  if (at !== stage || --left > 0) return
  writeSync(2, `dies at ${at}\n`)
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way; nothing of what follows may happen.
  for (;;);
}

/** Whether the transaction that is open has written what an image shows. */
let holds = false

function before(text: string): void {
  if (/^\s*commit/i.test(text) && holds) die('before-commit')
}

function after({ text, values }: Statement, answer: unknown): void {
  if (/set[^;]*state = 'active'/i.test(text) && values.includes('ingest-image') && hasRows(answer))
    die('after-claim')
  if (/^\s*commit/i.test(text) && holds) {
    holds = false
    die('after-commit')
  }
  if (/^\s*update images set\s+state = p\.state/i.test(text)) {
    holds = true
    die('in-transaction')
  }
}

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

const hasRows = (answer: unknown) => ((answer as { rows?: unknown[] } | undefined)?.rows?.length ?? 0) > 0

/** Both drivers take a text and its values, pg also both in one object. */
function statement([asked, given]: readonly unknown[]): Statement {
  const { text, values } =
    typeof asked === 'string' ? { text: asked, values: given } : ((asked ?? {}) as Partial<Statement>)
  return { text: text ?? '', values: Array.isArray(values) ? values : [] }
}

interface Asking {
  query(...args: unknown[]): unknown
  exec?(...args: unknown[]): unknown
}

function watch(prototype: Asking, method: 'query' | 'exec'): void {
  const original = prototype[method]!
  prototype[method] = async function (this: unknown, ...args: unknown[]) {
    const asked = statement(args)
    before(asked.text)
    const answer = await original.apply(this, args)
    after(asked, answer)
    return answer
  }
}

watch(PGlite.prototype, 'query')
watch(PGlite.prototype, 'exec')
watch(pg.Client.prototype, 'query')

const { rename } = fsPromises
const poison = process.env['DIE_OF']
fsPromises.rename = async (from, to) => {
  if (poison && String(to).includes(poison)) die('poison')
  die('before-rename')
  await rename(from, to)
  die('after-put')
}
syncBuiltinESMExports()
