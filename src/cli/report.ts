import type { ItemId } from '../catalog/ids.ts'
import type { ShownImage } from '../catalog/images.ts'
import type { Rendering } from '../catalog/items.ts'
import { codeOf, isErrorCode } from '../errors.ts'
import type { Magpie } from '../jobs/magpie.ts'
import type { Traffic } from '../jobs/traffic.ts'
import type { CliContext } from './context.ts'
import { again } from './moments.ts'
import { renderingText } from './rendering-text.ts'
import { bytes, clipped, count, shortened, table } from './table.ts'

const notReadYet = {
  code: 'image_not_ready',
  message: 'The page was not read yet: its host asks us to come back later.',
  nextAttemptAt: null,
}

/** What came of one page, as `--json` prints it. */
export interface ScrapedItem {
  readonly id: ItemId
  readonly page: string
  readonly title: string
  readonly error: {
    readonly code: string
    readonly message: string
    readonly nextAttemptAt: string | null
  } | null
  readonly images: readonly KeptImage[]
  readonly rejected: readonly { readonly url: string; readonly reason: string; readonly detail: string }[]
  readonly failed: readonly {
    readonly url: string
    readonly stage: string
    readonly code: string
    readonly message: string
    readonly nextAttemptAt: Date | null
  }[]
  readonly waiting: number
  readonly rendering: Rendering | null
}

export interface KeptImage {
  readonly id: string
  readonly url: string
  /** Which URL gave the bytes: a larger version's, or the image's own. */
  readonly fetchedUrl: string
  readonly rank: number
  readonly kind: string
  readonly hero: boolean
  readonly score: number
  readonly parts: Readonly<Record<string, number>>
  readonly reasons: readonly string[]
  readonly width: number
  readonly height: number
  readonly mediaType: string
  readonly byteSize: number
  readonly digest: string
  readonly foundIn: string
  readonly position: number
  readonly alt: string | null
  readonly state: string
}

export async function scrapedItem(magpie: Magpie, id: ItemId): Promise<ScrapedItem> {
  const found = await magpie.items.find(id)
  const images = await magpie.images.ofItem(id)
  const source = found?.item.sources.find(({ kind }) => kind === 'page')
  return {
    id,
    page: source?.kind === 'page' ? source.url : '',
    title: found?.item.title ?? '',
    error: found?.failure ?? (found?.isRead ? null : notReadYet),
    images: images.flatMap(kept).sort((a, b) => a.rank - b.rank),
    rejected: images.flatMap((image) =>
      image.state === 'rejected'
        ? [{ url: image.url, reason: image.verdict.reason, detail: image.verdict.detail }]
        : [],
    ),
    failed: images.flatMap((image) =>
      image.state === 'failed'
        ? [
            {
              ...{ url: image.url, stage: image.stage, code: image.code, message: image.message },
              nextAttemptAt: image.nextAttemptAt,
            },
          ]
        : [],
    ),
    waiting: images.filter(({ state }) => state === 'pending').length,
    rendering: (source?.kind === 'page' && found?.sourceStates[source.url]?.rendering) || null,
  }
}

function kept(image: ShownImage): KeptImage[] {
  const { asset } = image
  if (!asset || (image.state !== 'ready' && image.state !== 'stale')) return []
  const { verdict, rank, state, id, url, foundIn, position } = image
  const { kind, hero, score, parts, reasons } = verdict
  const { bounds, mediaType, byteSize } = asset.facts
  const facts = { ...bounds, mediaType, byteSize, digest: asset.id }
  return [
    {
      id,
      url,
      fetchedUrl: image.fetchedUrl ?? url,
      rank,
      kind,
      hero,
      score,
      parts,
      reasons,
      ...facts,
      foundIn,
      position,
      alt: image.altText,
      state,
    },
  ]
}

export function printItem(context: CliContext, item: ScrapedItem, verbose: boolean): void {
  context.out(`\n${item.title || '(no title)'}\n${item.page}`)
  if (item.error)
    return context.out(
      `  could not be read: ${item.error.message}\n  ${remedyOf(item.error)} [${item.error.code}]` +
        again(item.error.nextAttemptAt),
    )
  if (item.images.length === 0) context.out(nothingKept(item))
  else context.out(indented(keptTable(item)))
  const all = verbose || item.images.length === 0
  const said = all ? item.rejected : item.rejected.filter(({ reason }) => worthSaying(reason))
  const lines = [
    ...item.failed.map(({ message, code, nextAttemptAt }) => ({
      group: `${message} ${code}`,
      text: `failed    ${message} [${code}]${again(nextAttemptAt)}`,
    })),
    ...said.map(({ url, reason, detail }) => ({
      group: reason,
      text: `rejected  ${reason}: ${shortened(url, 60)}, ${detail}`,
    })),
  ]
  for (const line of verbose ? lines.map(({ text }) => text) : inGroups(lines)) context.out(`  ${line}`)
  const unsaid = item.rejected.length - said.length
  if (unsaid > 0)
    context.out(
      `  ${count(unsaid, 'other candidate')} rejected as page furniture or too weak; --verbose lists them`,
    )
  if (item.rendering) context.out(renderingText(item.rendering).slice(1))
  if (item.waiting > 0) context.out(`  ${count(item.waiting, 'image')} still waiting`)
}

const remedyOf = ({ code }: { readonly code: string }) => (isErrorCode(code) ? codeOf(code).remedy : '')

/** Of lines that say the same of many images, the first few. */
function inGroups(lines: readonly { readonly group: string; readonly text: string }[]): readonly string[] {
  return [...Map.groupBy(lines, ({ group }) => group).values()].flatMap((group) => {
    const texts = [...new Set(group.map(({ text }) => text))].slice(0, 3)
    const more = group.length - texts.length
    return more > 0 ? [...texts, `          … and ${more} more like it; --verbose lists all`] : texts
  })
}

/** Furniture is on every page; that a picture of the item was set aside is news. */
const worthSaying = (reason: string) =>
  ['near-duplicate', 'too-small', 'surplus', 'placeholder'].includes(reason)

function nothingKept(item: ScrapedItem): string {
  const all = item.rejected.length + item.failed.length
  if (all === 0)
    return '  no images found: the page names no picture. If it is filled in by scripts, --render shows more.'
  return `  no images kept: ${count(all, 'candidate')}, ${item.rejected.length} rejected, ${item.failed.length} failed. Why:`
}

function keptTable({ images }: ScrapedItem): string {
  const rows = images.map((image) => [
    String(image.rank),
    image.hero ? `${image.kind} ★` : image.kind,
    image.score.toFixed(0),
    `${image.width}×${image.height}`,
    bytes(image.byteSize),
    image.foundIn,
    clipped(image.reasons.slice(0, 3).join(', '), 60),
    shortened(fileName(image.fetchedUrl ?? image.url), 36),
  ])
  return table(['rank', 'kind', 'score', 'size', 'bytes', 'found in', 'why', 'file'], rows)
}

/** Of the address that gave the bytes, which may be a larger version of the page's. */
const fileName = (url: string) => url.slice(url.lastIndexOf('/') + 1)

const indented = (text: string) => text.replaceAll(/^/gm, '  ')

export function printTraffic(context: CliContext, traffic: Traffic, isHere: boolean): void {
  const { pagesRead, pagesUnchanged, downloaded, downloadedBytes, notModified, known } = traffic
  const pages = `${count(pagesRead, 'page')} read${pagesUnchanged > 0 ? `, ${pagesUnchanged} unchanged` : ''}`
  const files = `${count(downloaded, 'file')} downloaded (${bytes(downloadedBytes)})`
  const images =
    downloaded > 0 ? files : isHere ? 'nothing downloaded: all is here already' : 'nothing downloaded'
  const saved = [
    notModified > 0 && `${notModified} not modified`,
    known > 0 && `${known} known from another page`,
  ].filter(Boolean)
  context.out(`\n${[pages, images, ...saved].join('; ')}.`)
}
