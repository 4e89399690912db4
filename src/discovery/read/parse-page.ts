import { Document, Element, Text } from 'domhandler'
import type { ParentNode } from 'domhandler'
import { QuoteType, Tokenizer } from 'htmlparser2'

/** Deeper elements become siblings, as in browsers; a look up the tree stays short. */
const maxDepth = 512
/** Elements and texts; what comes after is not read, so that memory is bounded whatever the page. */
const maxNodes = 600_000

const voidElements = words(
  'area base basefont br col command embed frame hr img input isindex keygen link meta param source track wbr',
)
const blocks =
  'address article aside blockquote details div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 ' +
  'header hr main nav ol p pre section table ul'
/** Which open element a start tag closes without saying so. */
const closedBy = new Map<string, ReadonlySet<string>>([
  ...[...words(blocks)].map((name) => [name, words('p')] as const),
  ['tr', words('tr th td')],
  ['th', words('th td')],
  ['td', words('th td')],
  ['body', words('head')],
  ['a', words('a')],
  ['li', words('li')],
  ['option', words('option')],
  ['optgroup', words('optgroup option')],
  ['dd', words('dd dt')],
  ['dt', words('dd dt')],
  ['tbody', words('thead tbody')],
  ['tfoot', words('thead tbody')],
])

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '))
}

/**
 * The tree of a page, whatever its markup: never throws, never recurses, and takes time in proportion to the text.
 * The parser that comes with htmlparser2 looks through all open elements at each end tag, which a page of unclosed
 * elements makes quadratic; so its tokenizer feeds a builder of our own.
 */
export function parsePage(html: string): Document {
  const tree = treeBuilder()
  let name = ''
  let attributes: Record<string, string> = {}
  let attribute = ''
  let value = ''
  const tokenizer: Tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname(start, end) {
        name = html.slice(start, end).toLowerCase()
        attributes = {}
      },
      onattribname: (start, end) => void (attribute = html.slice(start, end).toLowerCase()),
      onattribdata: (start, end) => void (value += html.slice(start, end)),
      onattribentity: (code) => void (value += String.fromCodePoint(code)),
      onattribend(quote) {
        if (!Object.hasOwn(attributes, attribute))
          attributes[attribute] = quote === QuoteType.NoValue ? '' : value
        value = ''
      },
      onopentagend: () => tree.open(name, attributes, false) || tokenizer.pause(),
      onselfclosingtag: () => tree.open(name, attributes, true) || tokenizer.pause(),
      onclosetag: (start, end) => tree.close(html.slice(start, end).toLowerCase()),
      ontext: (start, end) => tree.text(html.slice(start, end)),
      ontextentity: (code) => tree.text(String.fromCodePoint(code)),
      oncdata: (start, end, offset) => tree.isForeign() && tree.text(html.slice(start, end - offset)),
      isInForeignContext: () => tree.isForeign(),
      oncomment() {},
      ondeclaration() {},
      onprocessinginstruction() {},
      onend() {},
    },
  )
  tokenizer.write(html)
  tokenizer.end()
  return tree.root
}

/** Builds the tree from tags; `open` answers false once the page has more nodes than we read. */
function treeBuilder() {
  const root = new Document([])
  const { parent, depth, isOpen, push, pop, innermost } = openElements(root)
  let nodes = 0

  const append = (node: Element | Text) => {
    const { children } = parent()
    const previous = children.at(-1)
    node.parent = parent()
    if (previous) {
      node.prev = previous
      previous.next = node
    }
    children.push(node)
    nodes++
  }
  const isForeign = () => isOpen('svg') || isOpen('math')

  return {
    root,
    isForeign,
    open(tag: string, attributes: Record<string, string>, selfClosing: boolean) {
      const name = tag === 'image' && !isForeign() ? 'img' : tag
      const closes = closedBy.get(name)
      while (closes?.has(innermost())) pop()
      if (depth() > maxDepth) pop()
      const element = new Element(name, attributes)
      append(element)
      if (!voidElements.has(name) && !(selfClosing && isForeign())) push(element)
      return nodes < maxNodes
    },
    close(name: string) {
      if (!isOpen(name)) return
      while (innermost() !== name) pop()
      pop()
    },
    text(data: string) {
      const last = parent().children.at(-1)
      if (last instanceof Text) last.data += data
      else append(new Text(data))
    },
  }
}

/** The elements that are open, with a count by name, so that an end tag without a start costs nothing. */
function openElements(root: Document) {
  const stack: ParentNode[] = [root]
  const names: string[] = ['']
  const counts = new Map<string, number>()
  return {
    parent: () => stack.at(-1)!,
    innermost: () => names.at(-1)!,
    depth: () => stack.length,
    isOpen: (name: string) => (counts.get(name) ?? 0) > 0,
    push: (element: Element) => {
      stack.push(element)
      names.push(element.name)
      counts.set(element.name, (counts.get(element.name) ?? 0) + 1)
    },
    pop: () => {
      stack.pop()
      const name = names.pop()!
      counts.set(name, counts.get(name)! - 1)
    },
  }
}
