import { comparablePath, matches, pathPattern, type PathPattern } from './path-patterns.ts'

/** What a robots.txt says to one crawler. */
export interface RobotsRules {
  /** Whether a path with its query, as a URL has it, may be fetched. */
  allows(path: string): boolean
  /** The Crawl-delay, in milliseconds; null when there is none. */
  readonly crawlDelayMs: number | null
}

interface Rule {
  readonly allow: boolean
  readonly pattern: PathPattern
}

interface Group {
  readonly rules: Rule[]
  crawlDelayMs: number | null
}

export const allowAll: RobotsRules = { allows: () => true, crawlDelayMs: null }

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
      if (said === '') continue
      const rule = { allow: key.toLowerCase() === 'allow', pattern: pathPattern(said) }
      for (const group of current) group.rules.push(rule)
    }
  }
  const { rules, crawlDelayMs } = named ? own : others
  return { allows: (path) => isRobotsTxt(path) || permits(rules, comparablePath(path)), crawlDelayMs }
}

/** The longest rule that matches decides; Allow wins a tie; no rule is leave. */
function permits(rules: readonly Rule[], path: string): boolean {
  let best: Rule | null = null
  for (const rule of rules) {
    const longer = rule.pattern.length - (best?.pattern.length ?? -1)
    if (longer < 0 || (longer === 0 && !rule.allow)) continue
    if (matches(rule.pattern, path)) best = rule
  }
  return best?.allow ?? true
}
