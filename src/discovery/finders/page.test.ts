import { expect, it } from 'vitest'
import { pageFinder } from './page.ts'

const source = { kind: 'page', url: 'https://shop.example/old' } as const

it('yields the candidates of the page as it was read, resolved against where it was found', async () => {
  const finder = pageFinder(async (url, signal) => {
    signal.throwIfAborted()
    expect(url).toBe(source.url)
    return { url: 'https://shop.example/new/', html: '<img src="a.jpg"><img src="b.jpg">' }
  })
  const candidates = await Array.fromAsync(finder.find(source, AbortSignal.timeout(1000)))
  expect(candidates.map(({ url, position }) => [url, position])).toEqual([
    ['https://shop.example/new/a.jpg', 0],
    ['https://shop.example/new/b.jpg', 1],
  ])
})

it('passes on that a page could not be read', async () => {
  const finder = pageFinder(() => Promise.reject(new Error('gone')))
  await expect(Array.fromAsync(finder.find(source, AbortSignal.timeout(1000)))).rejects.toThrow('gone')
})
