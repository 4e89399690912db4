import { defineConfig } from 'vitest/config'

/** Tests that touch the database, and so run twice: embedded, and on a PostgreSQL server. */
const onBothDatabases = [
  'src/database.test.ts',
  'src/databases/away.test.ts',
  'src/{queue,hosts,catalog,jobs,delivery,http}/**/*.test.ts',
  'test/{walks,faults}/**/*.test.ts',
]

export default defineConfig({
  test: {
    // Real databases and browsers start inside tests; on two busy cores that takes seconds, not milliseconds.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'embedded',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          env: { TEST_DATABASE: 'embedded' },
        },
      },
      {
        extends: true,
        test: {
          name: 'server',
          include: onBothDatabases,
          globalSetup: ['test/server-setup.ts'],
          env: { TEST_DATABASE: 'server' },
        },
      },
    ],
  },
})
