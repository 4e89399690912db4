// What runs inside a page, in a world of its own: it sees the page's document, and the page's scripts cannot reach it.

/** Takes away what would go past the proxy, from every frame, before any script of the page runs. */
export const withoutBypasses = `
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'RTCDataChannel', 'WebTransport'])
    delete globalThis[name]`

/**
 * Scrolls through the page and through what scrolls inside of it, so that what is loaded when it comes into view is
 * loaded. A page that grows as it is scrolled is followed for `steps` screens.
 */
export const scrollThrough = (steps: number, untilMs: number): string => `(async () => {
  const until = performance.now() + ${untilMs}
  const pause = (ms) => new Promise((soon) => setTimeout(soon, ms))
  const late = () => performance.now() > until
  let left = ${steps}
  const through = async (box, step) => {
    for (let at = 0; left > 0 && !late(); left--) {
      at += step
      box.scrollTo({ top: at, behavior: 'instant' })
      await pause(60)
      if (at >= box.scrollHeight) {
        // What is at the end may bring more.
        await pause(200)
        if (at >= box.scrollHeight) break
      }
    }
  }
  const root = document.scrollingElement ?? document.documentElement
  await through(root, innerHeight * 0.8)
  const scrolls = (box) =>
    box.clientHeight > innerHeight / 3 && box.scrollHeight > box.clientHeight + 100 &&
    /auto|scroll/.test(getComputedStyle(box).overflowY)
  const boxes = [...document.querySelectorAll('main, section, div, ul')].slice(0, 3000).filter(scrolls)
  for (const box of boxes.slice(0, 3)) await through(box, box.clientHeight * 0.8)
  // Carousels show one picture at a time.
  const unseen = [...document.querySelectorAll('img[loading=lazy], img[data-src], img[data-lazy], img:not([src])')]
  for (const img of unseen.slice(0, 150)) {
    if (late()) break
    if (img.complete && img.currentSrc && !/^data:/.test(img.currentSrc)) continue
    img.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' })
    await pause(20)
  }
  root.scrollTo({ top: 0, behavior: 'instant' })
})()`

/** How an element is written: its attributes, and what is inside of it for who looks at it. */
const writing = `
  const voids = new Set('area base br col embed hr img input link meta source track wbr'.split(' '))
  const raw = new Set(['script', 'style', 'noscript', 'textarea', 'xmp'])
  const quoted = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  const plain = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  let looks = 20000
  const background = (element) => {
    if (looks-- <= 0) return null
    const image = element.ownerDocument.defaultView?.getComputedStyle(element).backgroundImage ?? ''
    return image.includes('url("http') && !element.style?.backgroundImage ? image : null
  }
  const attributes = (element, isInner) => {
    let text = ''
    for (const { name, value } of element.attributes) {
      const isUrl = isInner && (name === 'src' || name === 'href') && typeof element[name] === 'string'
      if (name !== 'style') text += ' ' + name + '="' + quoted(isUrl ? element[name] : value) + '"'
    }
    const image = background(element)
    const style = [element.getAttribute('style'), image && 'background-image:' + image].filter(Boolean).join(';')
    return style ? text + ' style="' + quoted(style) + '"' : text
  }
  const frame = (element) => {
    try {
      return element.contentDocument?.body ?? null
    } catch {
      return null
    }
  }
  const inside = (element) => {
    if (element.shadowRoot) return element.shadowRoot.childNodes
    if (element.localName === 'template') return element.content.childNodes
    const assigned = element.localName === 'slot' ? element.assignedNodes() : []
    return assigned.length > 0 ? assigned : element.childNodes
  }`

/**
 * The document as markup, at most `most` characters of it: shadow trees that are open in place of their hosts'
 * contents, frames of the page's own origin after their elements, backgrounds that style sheets give as styles of the
 * elements that have them.
 */
export const serialise = (most: number): string => `(() => {
  ${writing}
  const out = ['<!doctype html>']
  let size = out[0].length
  const put = (text) => {
    size += text.length
    out.push(text)
  }
  const open = [{ node: document.documentElement, isInner: false }]
  while (open.length > 0 && size < ${most}) {
    const { node, text, isInner } = open.pop()
    if (text !== undefined) put(text)
    else if (node.nodeType === 3) put(plain(node.data))
    else if (node.nodeType === 1) {
      const name = node.localName
      put('<' + name + attributes(node, isInner) + '>')
      if (voids.has(name)) continue
      const body = name === 'iframe' ? frame(node) : null
      open.push(body ? { node: body, isInner: true } : { text: '</' + name + '>' })
      if (body) put('</iframe>')
      else if (raw.has(name)) put(node.textContent)
      else for (const child of [...inside(node)].reverse()) open.push({ node: child, isInner })
    }
  }
  return { html: out.join('').slice(0, ${most}), whole: open.length === 0, url: location.href }
})()`
