/** What a robots.txt says to one crawler. */
export interface RobotsRules {
  /** Whether a path with its query, as a URL has it, may be fetched. */
  allows(path: string): boolean
  /** The Crawl-delay, in milliseconds; null when there is none. */
  readonly crawlDelayMs: number | null
}

interface Rule {
  readonly allow: boolean
  readonly pieces: readonly string[]
  readonly toEnd: boolean
  readonly length: number
}

interface Group {
  readonly rules: Rule[]
  crawlDelayMs: number | null
}

export const allowAll: RobotsRules = { allows: () => true, crawlDelayMs: null }
export const disallowAll: RobotsRules = { allows: (path) => isRobotsTxt(path), crawlDelayMs: null }

const isRobotsTxt = (path: string) => path === '/robots.txt'

/** Reads a robots.txt (RFC 9309) for the crawler of this product token; lines that mean nothing to us are passed over. */
export function robotsRules(text: string, token: string): RobotsRules {
  const own: Group = { rules: [], crawlDelayMs: null }
  const others: Group = { rules: [], crawlDelayMs: null }
  let named = false
  // The groups that the current lines belong to: several agents in a row share what follows.
  let current = new Set<Group>()
  let inAgents = false
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)) {
    const [, key, value] = /^\s*(user-agent|allow|disallow|crawl-delay)\s*:\s*([^#]*)/i.exec(line) ?? []
    if (key === undefined || value === undefined) continue
    const said = value.trim()
    if (key.toLowerCase() === 'user-agent') {
      if (!inAgents) current = new Set()
      inAgents = true
      const agent = /^([a-z_-]+|\*)(\/.*)?$/i.exec(said)?.[1]?.toLowerCase()
      if (agent === '*') current.add(others)
      if (agent === token.toLowerCase()) current.add(own)
      named ||= current.has(own)
    } else if (key.toLowerCase() === 'crawl-delay') {
      const seconds = /^\d+(\.\d+)?$/.test(said) ? Number(said) : null
      for (const group of current) group.crawlDelayMs = seconds === null ? group.crawlDelayMs : seconds * 1000
    } else {
      inAgents = false
      const rule = said === '' ? null : ruleOf(said, key.toLowerCase() === 'allow')
      if (rule) for (const group of current) group.rules.push(rule)
    }
  }
  const { rules, crawlDelayMs } = named ? own : others
  return { allows: (path) => isRobotsTxt(path) || permits(rules, comparable(path, true)), crawlDelayMs }
}

/** The longest rule that matches decides; Allow wins a tie; no rule is leave. */
function permits(rules: readonly Rule[], path: string): boolean {
  let best: Rule | null = null
  for (const rule of rules) {
    if (best && (rule.length < best.length || (rule.length === best.length && !rule.allow))) continue
    if (matches(rule, path)) best = rule
  }
  return best?.allow ?? true
}

function ruleOf(pattern: string, allow: boolean): Rule {
  const toEnd = pattern.endsWith('$')
  const text = comparable(toEnd ? pattern.slice(0, -1) : pattern, false)
  return { allow, toEnd, pieces: text.split(/\*+/), length: Buffer.byteLength(text) + (toEnd ? 1 : 0) }
}

/** Greedy from the left, which is enough where `*` is the only wildcard: linear, whatever the pattern. */
function matches({ pieces, toEnd }: Rule, path: string): boolean {
  const [first = '', ...rest] = pieces
  if (!path.startsWith(first)) return false
  let at = first.length
  const last = toEnd ? rest.pop() : undefined
  for (const piece of rest) {
    const found = path.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  if (!toEnd) return true
  return last === undefined ? at === path.length : path.length - last.length >= at && path.endsWith(last)
}

/**
 * Both sides in one spelling (RFC 9309 §2.2.2): octets outside ASCII percent-encoded, unreserved ones decoded, and
 * `$` and `*` encoded where they stand for themselves.
 */
function comparable(text: string, isPath: boolean): string {
  return text
    .replace(/[^\x21-\x7e]+/g, (part) => encodeURIComponent(part.toWellFormed()))
    .replace(/%([0-9a-f]{2})/gi, (whole, hex: string) => {
      const char = String.fromCharCode(parseInt(hex, 16))
      return /[\w.~-]/.test(char) ? char : whole.toUpperCase()
    })
    .replaceAll('$', '%24')
    .replaceAll('*', isPath ? '%2A' : '*')
}
