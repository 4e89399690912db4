import pg from 'pg'

const int8 = 20

/**
 * A pool of connections to a PostgreSQL server.
 * Each connection carries an error listener for life: without one, a connection that is lost while it is lent out
 * ends the process.
 */
export function openServer(url: string, connections: number, onLost: (cause: Error) => void): pg.Pool {
  const types = {
    getTypeParser: (oid: number, format?: 'text' | 'binary'): unknown =>
      oid === int8 ? Number : pg.types.getTypeParser(oid, format),
  }
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    types,
    application_name: 'magpie',
    // A server whose machine went without a word is noticed within half a minute, not in the two hours of the system.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
  pool.on('error', onLost)
  pool.on('connect', (client) => client.on('error', onLost))
  return pool
}
