import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aPlace, type Place } from '../../test/given.ts'
import { expectComplaint, run } from './given.suite.ts'

const shell =
  '<!doctype html><title>The red chair</title><div id="root"></div><script src="/app.js"></script>'
const app = `root.innerHTML = '<h1>The red chair</h1><img src="/a.jpg" width=800 height=600 alt="The red chair">'`

describe('a page that scripts fill in, on the command line', () => {
  let server: Server
  let place: Place
  let url: string
  beforeAll(async () => {
    place = await aPlace()
    server = createServer(({ url: asked }, response) => {
      const isKnown = asked === '/' || asked === '/app.js'
      response.writeHead(isKnown ? 200 : 404, {
        'content-type': asked === '/' ? 'text/html' : 'text/javascript',
      })
      response.end(asked === '/' ? shell : asked === '/app.js' ? app : '')
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  afterAll(async () => {
    server.close().closeAllConnections()
    await place.remove()
  })
  const magpie = (argv: readonly string[], settings: Record<string, string> = {}) =>
    run(argv, { MAGPIE_DATA: place.folder, ...settings })
  const without = { RENDER_BROWSER: '/nowhere' }

  it('shows its pictures, and that they come from a browser', async () => {
    const { code, out } = await magpie(['discover', url])
    expect(code).toBe(0)
    expect(out).toContain(`${url}a.jpg`)
    expect(out).toContain('rendered by a browser: its #root is empty until scripts fill it')
  })

  it('says without a browser that one would show more, and how to get one', async () => {
    const { code, out } = await magpie(['discover', url], without)
    expect(code).toBe(0)
    expect(out).toMatch(
      /a browser would show more: its #root is empty.*\n.*npm install playwright-core.*\[browser_missing\]/,
    )
    const { rendering } = JSON.parse((await magpie(['discover', url, '--json'], without)).out) as {
      rendering: unknown
    }
    expect(rendering).toMatchObject({ needed: expect.stringContaining('#root') as string, done: false })
  })

  it('says so of what was scraped, too', async () => {
    const { out } = await magpie(['scrape', url, '--catalog', 'without'], without)
    expect(out).toMatch(/a browser would show more/)
    const planned = await magpie(['scrape', url, '--dry-run'])
    expect(planned.out).toContain('1 image would be fetched')
  })

  it('cannot be done without a browser when it has to be', async () => {
    const ended = await magpie(['discover', url, '--render'], without)
    expect(ended.code).toBe(1)
    expectComplaint(ended, 'browser_missing', 'RENDER_BROWSER is /nowhere, where no file is')
  })
})
