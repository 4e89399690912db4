import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Catalog } from '../../catalog/catalog.ts'
import type { ListedItem } from '../../catalog/listing.ts'
import type { Magpie } from '../../jobs/magpie.ts'
import type { App } from '../typed-app.ts'
import { findItem } from '../../jobs/find-item.ts'
import { galleryPolicy, page } from '../gallery-page.ts'
import { html, type Html } from '../html.ts'
import { imageView } from '../image-view.ts'

const pageSize = 60

/** A plain, fast page to look at what is here: catalogues, their items, the items' pictures. */
export function galleryRoutes(app: App, magpie: Magpie): void {
  app.get('/', async (_, reply) => send(reply, page('Catalogues', null, await catalogsPage(magpie))))

  app.get(
    '/catalogs/:catalog',
    {
      schema: {
        params: z.object({ catalog: z.string() }),
        querystring: z.object({ cursor: z.string().optional() }),
      },
    },
    async ({ params: { catalog }, query }, reply) => {
      await magpie.catalogs.get(catalog)
      const { items, next } = await magpie.listItems(catalog, {
        cursor: query.cursor ?? null,
        limit: pageSize,
      })
      return send(reply, page(catalog, html`<span>/ ${catalog}</span>`, itemsPage(catalog, items, next)))
    },
  )

  app.get(
    '/catalogs/:catalog/items/:item',
    { schema: { params: z.object({ catalog: z.string(), item: z.string() }) } },
    async ({ params }, reply) => {
      const { item, catalog, failure } = await findItem(magpie, params.catalog, params.item)
      const views = (await magpie.images.ofItem(item.id)).map((image) => imageView(image, catalog))
      const trail = html`<a href="/catalogs/${catalog.name}">/ ${catalog.name}</a>`
      const source = item.sources.find(({ kind }) => kind === 'page')
      return send(
        reply,
        page(
          item.title || item.externalId,
          trail,
          html`<h1>${item.title || '(no title)'}</h1>
            <p class="soft">${source && 'url' in source ? source.url : item.externalId}</p>
            ${failure && html`<p>The page could not be read: ${failure.message} [${failure.code}]</p>`}
            ${imagesPage(views, catalog)}`,
        ),
      )
    },
  )
}

const send = (reply: FastifyReply, text: string) =>
  reply
    .header('content-security-policy', galleryPolicy)
    .header('cache-control', 'no-cache')
    .type('text/html; charset=utf-8')
    .send(text)

async function catalogsPage(magpie: Magpie): Promise<Html> {
  const stats = await magpie.stats.catalogs()
  if (stats.length === 0)
    return html`<h1>Nothing here yet</h1>
      <p>Begin with a page: <code>magpie scrape https://…</code></p>`
  const rows = stats.map(
    ({ catalog, items, images, averageScore, byteSize }) =>
      html`<tr>
        <td><a href="/catalogs/${catalog}">${catalog}</a></td>
        ${[items, images.ready + images.stale, images.pending, images.rejected, images.failed, images.gone].map((n) => html`<td class="n">${n}</td>`)}
        <td class="n">${averageScore?.toFixed(1) ?? '–'}</td>
        <td class="n">${(byteSize / 1e6).toFixed(1)} MB</td>
      </tr>`,
  )
  const heads = ['items', 'shown', 'waiting', 'rejected', 'failed', 'gone', 'mean score', 'size']
  return html`<h1>Catalogues</h1>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>catalogue</th>
            ${heads.map((head) => html`<th class="n">${head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`
}

function itemsPage(catalog: string, items: readonly ListedItem[], next: string | null): Html {
  const cards = items.map(
    ({ id, title, externalId, hero, images, failure }) =>
      html`<li class="card">
        <a class="frame" href="/catalogs/${catalog}/items/${id}"
          >${hero ? html`<img src="/images/${hero.id}/${hero.version}/thumb.webp" alt="" loading="lazy" />` : 'no picture'}</a
        >
        <div class="text">
          <strong><a href="/catalogs/${catalog}/items/${id}">${title || externalId}</a></strong>
          <span class="soft"
            >${
              failure
                ? `could not be read: ${failure.code}`
                : Object.entries(images)
                    .map(([state, count]) => `${count} ${state}`)
                    .join(', ') || 'no images'
            }</span
          >
        </div>
      </li>`,
  )
  return html`<h1>${catalog}</h1>
    ${items.length === 0 && html`<p class="soft">This catalogue has no items.</p>`}
    <ul class="grid">
      ${cards}
    </ul>
    ${next && html`<nav class="next"><a href="?cursor=${encodeURIComponent(next)}">Older items</a></nav>`}`
}

type View = ReturnType<typeof imageView>

function imagesPage(views: readonly View[], catalog: Catalog): Html {
  const shown = views.filter(({ rank }) => rank !== null).sort((a, b) => a.rank! - b.rank!)
  const others = views.filter(({ rank }) => rank === null)
  return html`<ul class="grid">
      ${shown.map((view) => card(view))}
    </ul>
    ${shown.length === 0 && html`<p class="soft">No picture of it is shown.</p>`}
    ${
      others.length > 0 &&
      html`<h2>Not shown</h2>
        <ul class="plain">
          ${others.map((view) => html`<li>${view.sourceUrl} <span class="soft">${whyNot(view)}</span></li>`)}
        </ul>`
    }
    <p class="soft">
      At most ${catalog.keep.maxImages} images of an item are kept, with scores from ${catalog.keep.minScore}.
    </p>`
}

const whyNot = ({ state, rejected, failure }: View) =>
  rejected
    ? `${rejected.reason}: ${rejected.detail}`
    : failure
      ? `${failure.code}: ${failure.message}`
      : state

function card(view: View): Html {
  const { variants, facts, altText, kind, hero, score, reasons, foundIn } = view
  return html`<li class="card">
    <a class="frame" href="${variants['large']}"
      ><img src="${variants['thumb']}" alt="${altText ?? ''}" loading="lazy"
    /></a>
    <div class="text">
      <div class="chips">
        ${hero && html`<span class="chip hero">hero</span>`}<span class="chip">${kind}</span
        ><span class="chip">${foundIn}</span>
      </div>
      <meter min="0" max="100" value="${score}" aria-label="score"></meter>
      <strong>${score?.toFixed(0)} of 100</strong>
      <span class="soft"
        >${facts && `${facts.width}×${facts.height}, ${Math.round(facts.byteSize / 1000)} KB`}</span
      >
      <div class="why">${reasons.join(', ')}</div>
      <a href="${variants['full']}">full size</a>
    </div>
  </li>`
}
