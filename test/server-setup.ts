import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the tests' PostgreSQL listens; null where there is none. */
    postgresUrl: string | null
  }
}

/** One server for all test files of the project `server`; each makes a database of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  if (server) console.log(`the database tests also run on a server: ${server.version}`)
  project.provide('postgresUrl', server?.url ?? null)
  return async () => server?.stop()
}
