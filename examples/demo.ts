// `npm run demo`: the bundled sample shop on loopback, scraped into ./magpie-data; a second run downloads nothing.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { items } from '../test/site/items.ts'
import { startSite } from '../test/site/server.ts'

// The same port each time: an image's identity begins with its address.
const port = Number(process.env['DEMO_PORT'] ?? 8471)
const site = await startSite({ port }).catch((cause: NodeJS.ErrnoException) => {
  if (cause.code !== 'EADDRINUSE') throw cause
  console.error(`Port ${port} is in use; choose another for the sample shop: DEMO_PORT=8472 npm run demo`)
  process.exit(1)
})
console.log(`The sample shop is at ${site.url}: ${items.length} item pages and a list page.`)

const pages = [`${site.url}/`, ...items.map(({ slug }) => `${site.url}/items/${slug}`)]
const magpie = path.join(import.meta.dirname, '../bin/magpie.js')
const scrape = ['scrape', ...pages, '--catalog', 'demo', '--allow-private', `127.0.0.1:${port}`]
const child = spawn(process.execPath, [magpie, ...scrape, ...process.argv.slice(2)], { stdio: 'inherit' })
const exitCode = await new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)))
await site.close()

const images = site.requests.filter(({ path, status }) => path.startsWith('/photos/') && status === 200)
console.log(
  `The shop counted ${site.requests.length} requests, ${images.length} of them answered with a picture.`,
)
if (exitCode === 0) {
  console.log('\nSee the gallery: run  npx magpie serve  and open  http://127.0.0.1:8080/catalogs/demo')
  console.log('Run the demo again: nothing is downloaded twice.')
}
process.exitCode = exitCode
