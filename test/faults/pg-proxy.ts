import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/** What is done to the next statement that matches. */
export type Fault =
  /** The connection is cut; the server never sees the statement. */
  | 'cut-before'
  /** The server executes it, and the connection is cut in place of the answer: whoever asked cannot know. */
  | 'lose-answer'

export interface PgProxy {
  /** Like the server's, by way of the proxy. */
  readonly url: string
  /**
   * Has the fault happen to the next statement whose text matches, in a transaction that has said what `after` matches;
   * resolves when it did.
   */
  once(fault: Fault, statement: RegExp, after?: RegExp): Promise<void>
  /** Cuts all connections; answers with how many there were. */
  cutAll(): number
  /** Nothing passes in either direction for so long, and no connection is closed: a network that is away. */
  partition(forMs: number): Promise<void>
  close(): Promise<void>
}

interface Rule {
  readonly statement: RegExp
  readonly after: RegExp
  readonly fault: Fault
  readonly happened: () => void
}

interface Passage {
  /** What is to happen to a statement, in a transaction that has said this so far. */
  rule(statement: string, saidBefore: string): Rule | null
  /** Resolves when there is a network. */
  open(): Promise<void>
}

/** A wire to a PostgreSQL server, without TLS, that breaks on request. */
export async function startPgProxy(server: string): Promise<PgProxy> {
  const target = new URL(server)
  const cuts = new Set<() => void>()
  let rules: readonly Rule[] = []
  let network = Promise.resolve()
  const passage: Passage = {
    rule(statement, saidBefore) {
      const found =
        rules.find((rule) => rule.statement.test(statement) && rule.after.test(saidBefore)) ?? null
      rules = rules.filter((rule) => rule !== found)
      return found
    },
    open: () => network,
  }
  const proxy = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    const cut = () => {
      client.destroy()
      upstream.destroy()
      cuts.delete(cut)
    }
    cuts.add(cut)
    for (const socket of [client, upstream]) socket.on('error', cut).on('close', cut).setNoDelay()
    join(client, upstream, { cut, passage })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const url = new URL(server)
  url.port = String((proxy.address() as AddressInfo).port)
  return {
    url: url.href,
    once: (fault, statement, after = /^/) =>
      new Promise((happened) => (rules = [...rules, { statement, after, fault, happened }])),
    cutAll() {
      const all = [...cuts]
      for (const cut of all) cut()
      return all.length
    },
    partition(forMs) {
      network = new Promise((resolve) => setTimeout(resolve, forMs))
      return network
    },
    async close() {
      const closed = new Promise((resolve) => proxy.close(resolve))
      for (const cut of [...cuts]) cut()
      await closed
    },
  }
}

function join(client: Socket, upstream: Socket, wire: { cut: () => void; passage: Passage }): void {
  const { cut, passage } = wire
  const messages = messageReader()
  let isMuzzled: (() => void) | null = null
  let tail = ''
  let saidBefore = ''
  let [up, down] = [Promise.resolve(), Promise.resolve()]

  const passOn = async (chunk: Buffer) => {
    for (const { bytes, statement } of messages(chunk)) {
      const rule = statement === null ? null : passage.rule(statement, saidBefore)
      if (statement !== null)
        saidBefore = /^\s*(begin|start)\b/i.test(statement) ? '' : saidBefore + statement
      await passage.open()
      if (rule?.fault === 'cut-before') {
        rule.happened()
        return cut()
      }
      if (rule) isMuzzled = rule.happened
      if (!upstream.destroyed) upstream.write(bytes)
    }
  }
  const passBack = async (chunk: Buffer) => {
    await passage.open()
    if (!isMuzzled) return void (client.destroyed || client.write(chunk))
    tail = (tail + chunk.toString('latin1')).slice(-6)
    // ReadyForQuery: the server has done what it was asked.
    if (!/^Z\0\0\0\x05[IET]$/.test(tail)) return
    isMuzzled()
    cut()
  }
  client.on('data', (chunk: Buffer) => void (up = up.then(() => passOn(chunk)).catch(cut)))
  upstream.on('data', (chunk: Buffer) => void (down = down.then(() => passBack(chunk)).catch(cut)))
}

interface Message {
  readonly bytes: Buffer
  /** The text that a query or a parse carries. */
  readonly statement: string | null
}

/** Takes what a client sends apart into messages, of which the first has no type. */
function messageReader(): (chunk: Buffer) => readonly Message[] {
  let held = Buffer.alloc(0)
  let isFirst = true
  return (chunk) => {
    held = Buffer.concat([held, chunk])
    const whole: Message[] = []
    for (;;) {
      const typed = isFirst ? 0 : 1
      if (held.length < typed + 4) return whole
      const length = held.readUInt32BE(typed) + typed
      if (held.length < length) return whole
      const bytes = held.subarray(0, length)
      whole.push({ bytes, statement: isFirst ? null : statementOf(bytes) })
      held = held.subarray(length)
      isFirst = false
    }
  }
}

function statementOf(message: Buffer): string | null {
  const type = String.fromCharCode(message[0]!)
  if (type === 'Q') return message.toString('utf8', 5, message.length - 1)
  if (type !== 'P') return null
  const name = message.indexOf(0, 5)
  return message.toString('utf8', name + 1, message.indexOf(0, name + 1))
}
