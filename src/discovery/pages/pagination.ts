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

/** "Next" as sites write it, alone or with a few signs. */
const next =
  /^(?:next|next page|weiter|nächste|nächste seite|suivant|suivante|page suivante|siguiente|próximo|próxima|seguinte|successiv[oa]|avanti|volgende|następna|dalej|dalsza|следваща|следваща страница|следующая|вперед|вперёд|напред|далее|sonraki|nästa|neste|næste|seuraava|další|ďalší|următoarea|следна|далі|наступна|הבא|التالي|下一页|下一頁|下页|次へ|次|다음|›|»|→|>|>>)$/iu
const more =
  /^(?:load|show|see|view)(?: \d+)? more|^(?:mehr|weitere) (?:laden|anzeigen)|^(?:voir|afficher|charger) plus|^(?:ver|cargar|mostrar|carregar) (?:más|mais)|^(?:още|покажи още|зареди още|показать ещ[её]|załaduj więcej|meer (?:laden|tonen))/iu
const currentWords = new Set(['current', 'active', 'selected'])
const maxHints = 2_000

interface Numbered {
  readonly number: number
  readonly url: string
  readonly list: unknown
}

/** Gathers what a page says of the page after it, while it is read; `here` is what its links are relative to. */
export function nextPageGatherer(here: string) {
  const found = new Map<NextPage['saidBy'], string>()
  const numbered: Numbered[] = []
  const currents: { readonly number: number; readonly list: unknown }[] = []
  const keep = (saidBy: NextPage['saidBy'], url: string | null) => {
    if (url && !found.has(saidBy)) found.set(saidBy, url)
  }
  return {
    note(visit: Visit) {
      const { element, scope } = visit
      if (scope.copy || !/^(?:a|link|button|div|span|li|strong|em|b)$/.test(element.name)) return
      const { attribs, name } = element
      const url = targetOf(element, here)
      if (/(?:^|\s)next(?:\s|$)/i.test(attribs['rel'] ?? '')) return keep('rel=next', url)
      if (name === 'link') return
      const number = numberOf(element)
      if (number !== null && numbered.length < maxHints) {
        const list = listAround(element)
        if (isCurrent(element)) currents.push({ number, list })
        else if (url) numbered.push({ number, url, list })
        return
      }
      if (!url || !/^(?:a|button)$/.test(name)) return
      const said = labelOf(element)
      if (next.test(said) || saysNext(element)) keep('its text', url)
      else if (more.test(said)) keep('load more', url)
    },
    /** The page after this one, or null for the last page and for what is no list. */
    next(): NextPage | null {
      const byNumber = afterCurrent(numbered, currents)
      if (byNumber) keep('its number', byNumber)
      for (const saidBy of ['rel=next', 'its text', 'its number', 'load more'] as const) {
        const url = found.get(saidBy)
        if (url) return { url, saidBy }
      }
      return null
    },
  }
}

/** Where an element leads: elsewhere than here, at the same host. */
function targetOf({ attribs }: Element, here: string): string | null {
  const said = attribs['href'] ?? attribs['data-next-url'] ?? attribs['data-href'] ?? attribs['data-url']
  if (!said || /^(?:#|javascript:)/i.test(said.trim()) || looksLikePicture(said)) return null
  const url = URL.parse(said.trim(), here)
  if (!url || !/^https?:$/.test(url.protocol) || url.host !== new URL(here).host) return null
  return normalUrl(url.href) === normalUrl(here) ? null : url.href
}

const labelOf = (element: Element) =>
  (textOf(element) ?? element.attribs['aria-label'] ?? element.attribs['title'] ?? '').trim()

/** A link without words for readers may say in its class or label what it is. */
function saysNext(element: Element): boolean {
  const { attribs } = element
  if (next.test((attribs['aria-label'] ?? attribs['title'] ?? '').trim())) return true
  const text = textOf(element) ?? ''
  if (text.length > 20) return false
  const words = wordsOf(`${attribs['class'] ?? ''} ${attribs['id'] ?? ''}`)
  return (
    words.includes('next') &&
    !words.some((word) => /^(?:slide|slider|carousel|photo|image|gallery)$/.test(word))
  )
}

/** The number that is all an element says. */
function numberOf(element: Element): number | null {
  if (element.children.length > 3) return null
  let text = ''
  for (const child of element.children) {
    if (isText(child)) text += child.data
    else if (isTag(child)) text += rawText(child)
    if (text.length > 100) return null
  }
  return /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : null
}

function isCurrent(element: Element): boolean {
  const { attribs } = element
  if ('aria-current' in attribs && attribs['aria-current'] !== 'false') return true
  return wordsOf(attribs['class'] ?? '').some((word) => currentWords.has(word)) || element.name !== 'a'
}

/** What holds a number and its neighbours. */
function listAround(element: Element): unknown {
  const { parent } = element
  const isAlone = parent && isTag(parent) && parent.children.filter(isTag).length === 1
  return isAlone ? parent.parent : parent
}

function afterCurrent(
  numbered: readonly Numbered[],
  currents: readonly { readonly number: number; readonly list: unknown }[],
): string | null {
  for (const { number, list } of currents) {
    const neighbours = numbered.filter((one) => one.list === list)
    const after = neighbours.find((one) => one.number === number + 1)
    if (after) return after.url
  }
  return null
}
