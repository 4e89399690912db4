import { afterEach } from 'vitest'
import { readSettings } from '../../settings.ts'
import { openBrowser, type Browser, type Rendered } from '../browser.ts'
import { fetchSettings } from '../fetch-settings.ts'
import type { Resolve } from '../guarded-connector.ts'
import { never, picture, site } from '../local-server.suite.ts'
import { renderSettings } from '../render-settings.ts'

const opened: Browser[] = []
afterEach(() => Promise.all(opened.splice(0).map((browser) => browser.close())))

/** A browser that may reach the given hosts. */
export function browserFor(
  hosts: readonly string[],
  settings: Record<string, string> = {},
  resolve?: Resolve,
): Browser {
  const values = readSettings(
    { ...fetchSettings, ...renderSettings },
    { FETCH_ALLOW_PRIVATE: hosts.join(','), ...settings },
  )
  const browser = openBrowser(values, undefined, resolve ? { resolve } : {})
  opened.push(browser)
  return browser
}

export const unasked = (): Promise<never> => Promise.reject(new Error('the page goes nowhere'))

export const render = (browser: Browser, url: string, html: string): Promise<Rendered> =>
  browser.render({ url, html, page: unasked }, never)

/** A gallery that scripts fill in: ten lazy pictures, a background by a style sheet, one picture as a blob. */
export const shell = `<!doctype html><title>Shop</title><link rel="stylesheet" href="/app.css"><div id="root"></div><script src="/app.js"></script>`
const app = `
  const root = document.getElementById('root')
  const watch = new IntersectionObserver((met) => {
    for (const { target, isIntersecting } of met)
      if (isIntersecting) target.src = target.dataset.at, watch.unobserve(target)
  })
  fetch('/api').then((got) => got.json()).then(async ({ pictures }) => {
    for (const at of pictures) {
      const img = Object.assign(document.createElement('img'), { alt: 'The red chair' })
      img.width = 800
      img.height = 900
      img.dataset.at = at
      root.append(img)
      watch.observe(img)
    }
    root.append(Object.assign(document.createElement('div'), { className: 'hero' }))
    const blob = await (await fetch('/photos/blob.jpg')).blob()
    root.append(Object.assign(document.createElement('img'), { src: URL.createObjectURL(blob) }))
  })`

export const shop = () =>
  site(({ url }, response) => {
    const type = (name: string) => response.setHeader('content-type', name)
    if (url === '/app.js') return (type('text/javascript'), response.end(app))
    if (url === '/app.css')
      return (type('text/css'), response.end('.hero { height: 90px; background: url(/photos/hero.jpg) }'))
    if (url === '/api')
      return (
        type('application/json'),
        response.end(JSON.stringify({ pictures: [...Array(10).keys()].map((n) => `/photos/${n}.jpg`) }))
      )
    if (url?.startsWith('/photos')) return (type('image/gif'), response.end(picture))
    response.statusCode = 404
    response.end()
  })

/** A page in which a script does something, and says so in the document when it has. */
export const doing = (script: string) =>
  `<!doctype html><title>A page</title><p id=said>nothing</p><script>
    const say = (text) => (said.textContent = String(text))
    ${script}
  </script>`
