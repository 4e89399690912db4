/** The floor: the same client, only downloading and storing. `node bench/peers/download-loop.ts --server URL --to DIR` */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Agent, request } from 'undici'
import { eachOf, runPeer } from './peer.ts'

const connections = 24

await runPeer(async ({ urls, to }) => {
  const agent = new Agent({ connections })
  await eachOf(urls, connections, async (url) => {
    const { statusCode, body } = await request(url, { dispatcher: agent })
    if (statusCode !== 200) throw new Error(`${statusCode} for ${url}`)
    const bytes = Buffer.from(await body.arrayBuffer())
    const digest = createHash('sha256').update(bytes).digest('hex')
    await writeFile(path.join(to, digest + path.extname(url)), bytes)
  })
  await agent.close()
  return urls.length
})
