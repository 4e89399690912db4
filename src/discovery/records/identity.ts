import type { PageLink } from './page-links.ts'

/** What tells the pages of a list's records apart. */
export type Identity = (link: Pick<PageLink, 'target'>) => string

/**
 * Where nearly all records differ by path, the query only says how a visitor came there; else it is part of the name.
 */
export function identityOf(links: readonly PageLink[]): Identity {
  const paths = new Set(links.map(pathOf))
  const targets = new Set(links.map(({ target }) => target))
  return paths.size >= 0.9 * targets.size ? pathOf : ({ target }) => target
}

const pathOf: Identity = ({ target }) => target.replace(/\?[^#]*/, '')
