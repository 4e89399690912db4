/**
 * What is known of one site, or of all sites made with one software, where the general way falls short. Data only: CSS
 * selectors (as css-select reads them), rules for URLs, headers.
 */
export interface Site {
  readonly name: string
  /** Domains it stands for, each with its subdomains; none where `marks` tell it. */
  readonly hosts?: readonly string[]
  /** A regular expression for what the markup of every page of the software holds, and of no others. */
  readonly marks?: string
  /** Around the item's own pictures on its page. */
  readonly gallery?: string
  /** Around what is never the item's: recommendations, carts. */
  readonly ignore?: string
  /** Each record of a list page. */
  readonly entry?: string
  /** The link to a record's own page: selectors inside the entry, the first that finds one. */
  readonly entryLink?: readonly string[]
  /** Sizes in URLs: what a URL holds (a regular expression on its path), and what a larger version holds instead. */
  readonly larger?: readonly { readonly name: string; readonly from: string; readonly to: string }[]
  /** Sent with requests for its pages. */
  readonly headers?: Readonly<Record<string, string>>
  /** Whether its pages must be rendered by a browser to show their pictures. */
  readonly render?: 'always' | 'never'
}
