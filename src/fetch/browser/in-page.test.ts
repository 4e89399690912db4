import { afterAll, describe, expect, it } from 'vitest'
import { readSettings } from '../../settings.ts'
import { openBrowser } from '../browser.ts'
import { fetchSettings } from '../fetch-settings.ts'
import { never, site } from '../local-server.suite.ts'
import { renderSettings } from '../render-settings.ts'

const settings = readSettings({ ...fetchSettings, ...renderSettings }, { FETCH_ALLOW_PRIVATE: '127.0.0.1' })
const browser = openBrowser(settings)
afterAll(() => browser.close())

/** What is written down of a page, and of a frame in it. */
async function written(html: string, frame = ''): Promise<string> {
  const { origin } = await site(({ url }, response) => {
    response.setHeader('content-type', url?.startsWith('/frame') ? 'text/html' : 'text/css')
    response.end(url?.startsWith('/frame') ? frame : '')
  })
  const page = async (): Promise<never> => expect.unreachable('the page goes nowhere')
  const rendered = await browser.render({ url: `${origin}/at/`, html: `<!doctype html>${html}`, page }, never)
  return rendered.html.replaceAll(origin, 'http://own')
}

describe('what is written down of a page', () => {
  it('has the contents of open shadow trees, with what is slotted into them in its place', async () => {
    const html = await written(`<x-card><b>chair</b><i>unseen</i></x-card><script>
      customElements.define('x-card', class extends HTMLElement {
        constructor() {
          super()
          this.attachShadow({ mode: 'open' }).innerHTML = '<img src="/in.jpg"><slot></slot>'
          this.querySelector('i')?.setAttribute('slot', 'nowhere')
        }
      })</script>`)
    expect(html).toContain('<x-card><img src="/in.jpg"><slot><b>chair</b></slot></x-card>')
  })

  it('has frames of its own origin, with whole addresses, and not those of others', async () => {
    const html = await written(
      '<iframe src="/frame/a"></iframe><iframe src="http://ads.example.com/"></iframe>',
      '<img src="b.jpg"><a href="c">c</a>',
    )
    expect(html).toContain('<img src="http://own/frame/b.jpg"><a href="http://own/frame/c">c</a>')
  })

  it('keeps data, scripts and copies for browsers without scripts', async () => {
    const kept =
      '<script type="application/ld+json">{"image":"a<b>.jpg"}</script><noscript><img src="/n.jpg"></noscript>'
    expect(await written(`<body>${kept}`)).toContain(kept)
  })

  it('writes what has to be escaped, and nothing else', async () => {
    const html = await written(
      '<p title="a &amp;amp; &quot;b&quot;">1 &lt; 2 &amp;amp; é</p><template><img src=t.jpg></template>',
    )
    expect(html).toContain('<p title="a &amp;amp; &quot;b&quot;">1 &lt; 2 &amp;amp; é</p>')
    expect(html).toContain('<template><img src="t.jpg"></template>')
  })

  it('is what the document is, not what scripts of the page say that it is', async () => {
    const html = await written(`<p>chair</p><script>
      Array.prototype.join = () => 'forged'
      Object.defineProperty(Element.prototype, 'attributes', { get: () => [] })
      String.prototype.replaceAll = () => 'forged'</script>`)
    expect(html).toContain('<p>chair</p>')
  })

  it('has pictures of a page that scrolls inside of itself', async () => {
    const html =
      await written(`<div style="height:100vh;overflow:auto"><div style="height:5000px"></div><img id=i></div><script>
      new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && (i.src = '/late.jpg')).observe(i)</script>`)
    expect(html).toContain('src="/late.jpg"')
  })

  it('has pictures of a carousel that come as it is turned', async () => {
    const slides = [1, 2, 3]
      .map((n) => `<img data-src="/${n}.jpg" style="min-width:1366px;height:200px">`)
      .join('')
    const html = await written(`<div style="display:flex;overflow:hidden">${slides}</div><script>
      const watch = new IntersectionObserver((met) => met.forEach(({ target, isIntersecting }) => {
        if (isIntersecting) target.src = target.dataset.src
      }))
      document.querySelectorAll('img').forEach((img) => watch.observe(img))</script>`)
    for (const n of [1, 2, 3]) expect(html).toMatch(new RegExp(`src="/${n}\\.jpg"[^>]* src=`))
  })
})
