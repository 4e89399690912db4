import type { Element } from 'domhandler'
import { isTag, isText } from 'domhandler'
import { normalUrl } from '../normal-url.ts'
import { looksLikePicture } from '../read/page-url.ts'
import { rawText, textOf, wordsOf } from '../read/words.ts'
import type { Visit } from '../read/walk.ts'

/** The page that comes after a page of a list, and what says so. */
export interface NextPage {
  readonly url: string
  readonly saidBy: 'rel=next' | 'its text' | 'its number' | 'load more'
}

/** "Next" as sites write it, without the signs around it. */
const next =
  /^(?:next|next page|older|older posts|older entries|weiter|nächste|nächste seite|ältere beiträge|suivant|suivante|page suivante|siguiente|próximo|próxima|seguinte|successiv[oa]|avanti|volgende|następna|dalej|dalsza|следваща|следваща страница|следующая|вперед|вперёд|напред|далее|sonraki|nästa|neste|næste|seuraava|další|ďalší|următoarea|следна|далі|наступна|הבא|التالي|下一页|下一頁|下页|次へ|次|다음)$/iu
const sign = /^[›»→>❯▶]{1,2}$/u
const more =
  /^(?:load|show|see|view)(?: \d+)? more|^(?:mehr|weitere) (?:laden|anzeigen)|^(?:voir|afficher|charger) plus|^(?:ver|cargar|mostrar|carregar) (?:más|mais)|^(?:още|покажи още|зареди още|показать ещ[её]|załaduj więcej|meer (?:laden|tonen))/iu
const currentWords = new Set(['current', 'active', 'selected', 'on'])
/** Parameters that count pages, or the entries before one. */
const counts =
  /^(?:[\w.-]*[._-])?(?:p|pg|pn|pgn|page|pages|pageno|pagenum|pagenumber|pageindex|currentpage|paged|seite|pagina|página|strona|strana|str|stranica|sivu|side|sida|o|offset|start|from|skip|index|s|cp|pi|b)$/i
const maxHints = 2_000
const mayLead = /^(?:a|link|button|div|span|li|strong|em|b)$/
const maxCurrents = 50

interface Numbered {
  readonly number: number
  readonly list: unknown
}

interface Here {
  /** The page's own address, and what its links are relative to. */
  readonly url: string
  readonly base: string
}

/** Gathers what a page says of the page after it, while it is read. */
export function nextPageGatherer(here: Here) {
  const found = new Map<NextPage['saidBy'], string>()
  const numbered = new Map<unknown, Map<number, string>>()
  const currents: Numbered[] = []
  let hints = 0
  const keep = (saidBy: NextPage['saidBy'], url: string | null) => {
    if (url && !found.has(saidBy)) found.set(saidBy, url)
  }
  const noteNumber = (element: Element, number: number) => {
    if (hints++ > maxHints) return
    const lead = leadOf(element, here)
    const list = listAround(element)
    const isHere = lead.isHere || isCurrent(element) || (lead.url === null && element.name !== 'a')
    if (isHere) {
      if (currents.length < maxCurrents) currents.push({ number, list })
    } else if (lead.url && isStep(lead.url, here.url)) {
      const known = numbered.get(list) ?? new Map<number, string>()
      numbered.set(list, known.has(number) ? known : known.set(number, lead.url))
    }
  }
  return {
    note({ element, scope }: Visit) {
      if (scope.copy || !mayLead.test(element.name)) return
      const { attribs, name } = element
      // Most of a page's links are none of a pager's: only those that look like it are resolved.
      if ('rel' in attribs && /(?:^|\s)next(?:\s|$)/i.test(attribs['rel']))
        return keep('rel=next', leadOf(element, here).url)
      const number = numberOf(element)
      if (number !== null) return noteNumber(element, number)
      if ((name !== 'a' && name !== 'button') || element.children.length > 5) return
      const saysSo = saysNext(element) ? 'its text' : more.test(labelOf(element)) ? 'load more' : null
      const url = saysSo && leadOf(element, here).url
      if (!url) return
      const isSure = isStep(url, here.url) || isInPager(element)
      if (isSure || (saysSo === 'load more' && 'data-next-url' in attribs)) keep(saysSo, url)
    },
    /** The page after this one, or null for the last page and for what is no list. */
    next(): NextPage | null {
      for (const { number, list } of currents) keep('its number', numbered.get(list)?.get(number + 1) ?? null)
      for (const saidBy of ['rel=next', 'its text', 'its number', 'load more'] as const) {
        const url = found.get(saidBy)
        if (url) return { url, saidBy }
      }
      return null
    },
  }
}

/** Where an element leads: an address at the same host; the page it is on, or no page of the host. */
interface Lead {
  readonly url: string | null
  readonly isHere: boolean
}
const nowhere: Lead = { url: null, isHere: false }

function leadOf({ attribs }: Element, { url: here, base }: Here): Lead {
  const said = attribs['href'] ?? attribs['data-next-url'] ?? attribs['data-href'] ?? attribs['data-url']
  if (!said || /^(?:#|javascript:)/i.test(said.trim()) || looksLikePicture(said)) return nowhere
  const url = URL.parse(said.trim(), base)
  const own = URL.parse(here)
  if (!url || !own || !/^https?:$/.test(url.protocol) || url.host !== own.host) return nowhere
  return normalUrl(url.href) === normalUrl(here)
    ? { url: null, isHere: true }
    : { url: url.href, isHere: false }
}

/** Whether an address is the page's own but for a number that counts pages, in its query or in its path. */
function isStep(url: string, here: string): boolean {
  const [to, from] = [URL.parse(url), URL.parse(here)]
  if (!to || !from) return false
  const steps = [...to.searchParams].filter(([name, value]) => from.searchParams.get(name) !== value)
  if (steps.some(([name, value]) => counts.test(name) && /^\d{1,6}$/.test(value))) return true
  const stem = withoutNumber(to.pathname)
  return stem !== null && (stem === bareOf(from.pathname) || stem === withoutNumber(from.pathname))
}

const bareOf = (path: string) => path.replace(/\/$/, '')

/** A path without a page's number at its end: `/cars/page/3/`, `/cars/3`, `/cars/p-3` and `/cars-3.html` are of `/cars`. */
function withoutNumber(path: string): string | null {
  const numbered =
    /(?:\/(?:p|pg|page|seite|pagina|página|strana|strona|stranica|side|sivu))?[/_-](?:p|pg|page|seite|strana|s)?[_-]?\d{1,4}(?:\.\w{2,5})?$/i
  const bare = bareOf(path)
  return numbered.test(bare) ? bare.replace(numbered, '') : null
}

/** Whether what is around an element says that it leads through pages. */
function isInPager(element: Element): boolean {
  for (
    let up: Element['parent'] = element, level = 0;
    up && isTag(up) && level < 4;
    up = up.parent, level++
  ) {
    const { class: classes = '', id = '', role = '', 'aria-label': label = '' } = up.attribs
    if (/pagin|pager|nav-(?:previous|next|links)|posts-navigation/i.test(`${classes} ${id} ${role} ${label}`))
      return true
  }
  return false
}

const labelOf = (element: Element) =>
  bare(textOf(element) ?? element.attribs['aria-label'] ?? element.attribs['title'] ?? '')

/** Words without the arrows around them; arrows alone stay. */
function bare(text: string): string {
  const words = text.replace(/^[\s‹›«»<>←→❯▶|]+|[\s‹›«»<>←→❯▶|.…]+$/gu, '')
  return words || text.trim()
}

/** By its words, by what it is called for those who cannot see, by its class. */
function saysNext(element: Element): boolean {
  const { attribs } = element
  const text = bare(textOf(element) ?? '')
  const said = [text, bare(attribs['aria-label'] ?? ''), bare(attribs['title'] ?? '')]
  if (said.some((one) => next.test(one)) || sign.test(text)) return true
  if (text.length > 20) return false
  const words = wordsOf(`${attribs['class'] ?? ''} ${attribs['id'] ?? ''}`)
  return (
    words.includes('next') &&
    !words.some((word) => /^(?:slide|slider|carousel|photo|image|gallery|day)$/.test(word))
  )
}

/** The number that is all an element says itself; what only holds a link says nothing itself. */
function numberOf(element: Element): number | null {
  if (element.children.length > 3) return null
  let text = ''
  for (const child of element.children) {
    if (isText(child)) text += child.data
    else if (isTag(child)) {
      if (child.name === 'a') return null
      text += rawText(child)
    }
    if (text.length > 100) return null
  }
  return /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : null
}

/** Whether an element, or what wraps it alone, is marked as the page that one is on. */
function isCurrent(element: Element): boolean {
  const { parent } = element
  const wrapper = parent && isTag(parent) && isAlone(element) ? [parent] : []
  return [element, ...wrapper].some(({ attribs }) => {
    if ('aria-current' in attribs && attribs['aria-current'] !== 'false') return true
    return wordsOf(attribs['class'] ?? '').some((word) => currentWords.has(word))
  })
}

/** What holds a number and its neighbours. */
const listAround = (element: Element): unknown =>
  element.parent && isTag(element.parent) && isAlone(element) ? element.parent.parent : element.parent

/** Whether an element has no other beside it. */
function isAlone(element: Element): boolean {
  for (const side of ['prev', 'next'] as const)
    for (let beside = element[side]; beside; beside = beside[side]) if (isTag(beside)) return false
  return true
}
