import { defineConfig } from 'vitest/config'

/** The long forms of the fault tests, one after the other: `npm run soak`, or `npm run soak -- NAME` for some of them. */
export default defineConfig({
  test: {
    testTimeout: 4 * 3600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    fileParallelism: false,
    include: ['test/soak/**/*.soak.ts'],
    globalSetup: ['test/server-setup.ts'],
    env: { TEST_DATABASE: 'server' },
  },
})
