import type { Signals } from '../fetcher.ts'
import { header, type Headers } from '../statuses.ts'
import { refined, reservationOf, type Reservation } from './tdm-rules.ts'

/** The directives of robots that say of pictures what nobody may do with them; the others are about search results. */
const optOuts = ['noai', 'noimageai', 'noml', 'noimageindex']
/** What, said to us by name, cannot be about search results, for we have none. */
const optOutsByName = [...optOuts, 'noindex', 'none']

/** How much of what a source says is kept. */
const maxDirectives = 32
const maxLength = 100

/** The signals in the headers of an answer, over what the site's tdmrep.json says of its URL. */
export function headerSignals(headers: Headers, token: string, site: Reservation): Signals {
  const own = reservationOf(mostRestrictive(lines(headers, 'tdm-reservation')), header(headers, 'tdm-policy'))
  return {
    robots: kept(lines(headers, 'x-robots-tag').flatMap((line) => directives(line, token))),
    ...refined(site, own),
    contentUsage: contentUsage(lines(headers, 'content-usage').join(',')),
  }
}

/** The signals of a page, its own `meta` elements refining those of its headers. */
export function pageSignals(
  headers: Signals,
  metas: readonly { readonly name: string; readonly content: string }[],
  token: string,
): Signals {
  const named = (name: string) => metas.filter((meta) => meta.name === name).map(({ content }) => content)
  const toUs = named(token.toLowerCase()).map((content) => `${token}: ${content}`)
  const own = reservationOf(mostRestrictive(named('tdm-reservation')), named('tdm-policy')[0])
  const robots = [...named('robots'), ...toUs].flatMap((content) => directives(content, token))
  return { ...headers, ...refined(headers, own), robots: kept([...headers.robots, ...robots]) }
}

/** The signal by which a source keeps a picture, or the pictures of a page, from being collected; null when there is none. */
export function optOut({ robots, tdmReservation }: Signals, token: string): string | null {
  const toUs = `${token.toLowerCase()}: `
  const said = robots.find((directive) =>
    directive.startsWith(toUs)
      ? optOutsByName.includes(directive.slice(toUs.length))
      : optOuts.includes(directive),
  )
  return said ?? (tdmReservation === 1 ? 'tdm-reservation: 1' : null)
}

// Directives with a value of their own; any other word before a colon is the name of a robot.
const valued = /^(max-snippet|max-image-preview|max-video-preview|unavailable_after)$/

/**
 * The directives for us in one X-Robots-Tag or `content`, in lower case: for all robots as they are, for us alone with
 * our name before them. A robot's name holds for what follows it, for proxies join what came in several headers.
 */
function directives(line: string, token: string): string[] {
  const us = token.toLowerCase()
  let robot: string | null = null
  return line
    .toLowerCase()
    .split(',')
    .flatMap((part) => {
      const [, name, rest = ''] = /^\s*([\w-]+)\s*:(.*)$/.exec(part) ?? []
      const named = name !== undefined && !valued.test(name)
      if (named) robot = name
      const word = (named ? rest : part).trim().replace(/\s*:\s*/, ': ')
      if (!/^[a-z][\x20-\x7e]*$/.test(word) || (robot !== null && robot !== us)) return []
      return [robot === null ? word : `${us}: ${word}`]
    })
}

const kept = (words: readonly string[]): readonly string[] =>
  [...new Set(words.map((word) => word.slice(0, maxLength)))].slice(0, maxDirectives)

const lines = (headers: Headers, name: string): readonly string[] => [headers[name] ?? []].flat()

const mostRestrictive = (said: readonly string[]): string | undefined =>
  said.find((one) => one.trim() === '1') ?? said.find((one) => one.trim() === '0')

/** A Content-Usage in one spelling; of a purpose that is allowed and not, it is not. Null when it says nothing. */
function contentUsage(text: string): string | null {
  const usage = new Map<string, string>()
  for (const part of text.toLowerCase().split(',')) {
    const [, purpose, word] = /^\s*([a-z*][\w.*-]*)\s*=\s*([yn])\s*(;|$)/.exec(part) ?? []
    if (purpose && word && usage.get(purpose) !== 'n') usage.set(purpose, word)
  }
  const said = [...usage]
    .slice(0, maxDirectives)
    .map(([purpose, word]) => `${purpose.slice(0, maxLength)}=${word}`)
  return said.length === 0 ? null : said.join(', ')
}
