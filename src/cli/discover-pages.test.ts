import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectComplaint, run } from './given.suite.ts'

const entry = (n: number) =>
  `<li><a href="/cars/${n}"><img src="/photo-of-${n}.jpg" width="300"><h3>Car number ${n}</h3></a><p>Petrol, 2019, 84,000 km, one owner, full service history, winter tyres</p></li>`
const page = (number: number) =>
  `<title>Cars, page ${number}</title><ul>${[0, 1, 2].map((n) => entry(10 * number + n)).join('')}</ul>` +
  (number < 4 ? `<a rel="next" href="/cars?page=${number + 1}">Next</a>` : '')

describe('magpie discover on a file', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'magpie-discover-'))
    writeFileSync(path.join(folder, 'page.html'), '<img src="/a.jpg"><img src="https://cdn.example/b.jpg">')
    writeFileSync(path.join(folder, 'page.bin'), Buffer.from([1, 2, 3, 0, 5, 6, 7]))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('says what it leaves out for want of the address that the page is from', async () => {
    const { code, out, err } = await run(['discover', path.join(folder, 'page.html')])
    expect([code, err]).toEqual([0, expect.stringMatching(/1 picture URL left out[^]*--base URL/)])
    expect(out).toContain('https://cdn.example/b.jpg')
    const based = await run(['discover', path.join(folder, 'page.html'), '--base', 'https://shop.example/x'])
    expect(based.out).toContain('https://shop.example/a.jpg')
    expect(based.err).toBe('')
  })

  it('refuses what is no page', async () => {
    const ended = await run(['discover', path.join(folder, 'page.bin')])
    expect(ended.code).toBe(1)
    expectComplaint(ended, 'not_html', 'not one element')
  })
})

describe('magpie discover on a list', () => {
  let server: Server
  let url: string
  beforeAll(async () => {
    server = createServer(({ url: asked }, response) => {
      const { pathname, searchParams } = new URL(asked!, 'http://here')
      const isList = pathname === '/cars'
      response.writeHead(isList ? 200 : 404, { 'content-type': 'text/html' })
      response.end(isList ? page(Number(searchParams.get('page') ?? 1)) : '')
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cars`
  })
  afterAll(() => server.close().closeAllConnections())

  it('shows its records, and the page that comes after it', async () => {
    const { code, out } = await run(['discover', url])
    expect(code).toBe(0)
    expect(out).toContain('3 records of a list')
    expect(out).toMatch(/0 +Car number 10 +1 +http\S+\/cars\/10/)
    expect(out).toContain(`next page: ${url}?page=2 (rel=next); --pages follows it`)
  })

  it('follows as many pages as it is told, each an object of its own', async () => {
    const { code, out } = await run(['discover', url, '--pages', '3', '--json'])
    const pages = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { records: unknown[]; next: object })
    expect(code).toBe(0)
    expect(pages.map(({ records }) => records.length)).toEqual([3, 3, 3])
    expect(pages.map(({ next }) => next)).toMatchObject([{ end: null }, { end: null }, { end: 'limit' }])
  })

  it('ends with the last page', async () => {
    const { out } = await run(['discover', url, '--pages', '100', '--json'])
    expect(out.trim().split('\n')).toHaveLength(4)
  })

  it('refuses a number of pages that is none', async () => {
    const { code, err } = await run(['discover', url, '--pages', 'all'])
    expect(code).not.toBe(0)
    expect(err).toContain('It must be a whole number from 1 to 1000.')
  })
})
