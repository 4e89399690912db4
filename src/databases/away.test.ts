import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { haveDatabase, onServer } from '../../test/given.ts'
import { isDatabaseAway } from './away.ts'
import { openServer } from './server.ts'

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it did not fail'),
    (cause: unknown) => cause,
  )

describe('a database that is away', () => {
  it('is told from a server that refuses connections', async () => {
    const listener = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => listener.once('listening', resolve))
    const { port } = listener.address() as { port: number }
    await new Promise((resolve) => listener.close(resolve))
    const pool = openServer(`postgres://nobody@127.0.0.1:${port}/none`, 1, () => undefined)
    onTestFinished(() => pool.end())
    expect(isDatabaseAway(await failureOf(pool.query('select 1')))).toBe(true)
  })

  describe.runIf(onServer && haveDatabase)('on a server', () => {
    const open = () => {
      const pool = openServer(inject('postgresUrl')!, 2, () => undefined)
      onTestFinished(() => pool.end())
      return pool
    }

    it.runIf(process.platform === 'linux')('is asked for a sign of life every few seconds', async () => {
      const client = await open().connect()
      onTestFinished(() => client.release())
      const { localPort } = (client as unknown as { connection: { stream: Socket } }).connection.stream
      const local = `:${localPort!.toString(16).toUpperCase().padStart(4, '0')}`
      const timer = readFileSync('/proc/net/tcp', 'latin1')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .find(([, from]) => from?.endsWith(local))![5]!
      // The timer of kind 2 is that of keep-alive; its time is in hundredths of a second.
      const [kind, left] = timer.split(':').map((hex) => parseInt(hex, 16))
      expect(kind).toBe(2)
      expect(left).toBeLessThanOrEqual(1_000)
    })

    it('is told from a connection that the server ends in the middle of a statement', async () => {
      const pool = open()
      const client = await pool.connect()
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      const failing = failureOf(client.query('select pg_sleep(30)'))
      await pool.query('select pg_terminate_backend($1)', [rows[0]!.pid])
      expect(isDatabaseAway(await failing)).toBe(true)
      expect(isDatabaseAway(await failureOf(client.query('select 1')))).toBe(true)
      client.release(true)
    })

    it('is not told from a statement that is wrong', async () => {
      const pool = open()
      expect(isDatabaseAway(await failureOf(pool.query('select from nowhere')))).toBe(false)
      expect(isDatabaseAway(await failureOf(pool.query('select 1/0')))).toBe(false)
    })
  })

  it('is none of the errors that are our own', () => {
    expect(isDatabaseAway(new TypeError('x is not a function'))).toBe(false)
    expect(isDatabaseAway('nothing')).toBe(false)
  })
})
