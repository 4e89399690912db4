// `npm run bench -- NAME [options]`: one benchmark, its table on standard output.
const benches: Readonly<Record<string, () => Promise<{ run(options: { arguments: string[] }): unknown }>>> = {
  ingest: () => import('./ingest.ts'),
  discovery: () => import('./discovery.ts'),
  queue: () => import('./queue.ts'),
  hosts: () => import('./hosts.ts'),
  sandbox: () => import('./sandbox.ts'),
  scaling: () => import('./scaling.ts'),
  rows: () => import('./rows.ts'),
  watching: () => import('./watching.ts'),
}

const [name, ...rest] = process.argv.slice(2)
const bench = name === undefined ? undefined : benches[name]
if (bench) {
  const { run } = await bench()
  await run({ arguments: rest })
} else {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join('|')}`)
  process.exitCode = 2
}
