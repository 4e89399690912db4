import { galleries } from './galleries.ts'
import { attributes, escaped } from './html.ts'
import { items } from './items.ts'
import type { SiteItem } from './items.ts'

const shop = 'Hollin & Wren'

/** The page that lists all items. */
export function listPage(): string {
  return layout({
    title: `${shop}: things worth keeping`,
    slug: 'list',
    body: `<h1>Things worth keeping</h1>
<ul class="cards">${items.map(card).join('\n')}</ul>`,
  })
}

/** The page of an item; `host` is the site's own, with its port. */
export function itemPage(item: SiteItem, host: string): string {
  const gallery = galleries[item.pattern](item, host)
  const openGraph = `<meta property="og:title"${attributes({ content: item.title })}>
<meta property="og:image"${attributes({ content: `http://${host}${item.pictures[0]!.path}` })}>`
  return layout({
    title: `${item.title} – ${shop}`,
    slug: item.slug,
    head: [item.openGraph ? openGraph : '', gallery.head ?? ''].join('\n'),
    body: `<article class="item">
<div class="gallery">
${gallery.body}
</div>
<div class="words">
<h1>${escaped(item.title)}</h1>
<p class="brand">${escaped(item.brand)}</p>
<p class="price">${price(item.price)}</p>
<p>${escaped(item.about)}</p>
<p><button type="button">Put in the basket</button></p>
${share}
</div>
</article>
${related(item)}`,
  })
}

function layout(of: { title: string; slug: string; head?: string; body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escaped(of.title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
${of.head ?? ''}
<link rel="icon" href="/static/share-feed.png">
<link rel="stylesheet" href="/static/site.css">
<script src="/static/site.js" defer></script>
</head>
<body>
<header>
<a href="/"><img class="logo" src="/static/logo.png" width="180" height="40" alt="${escaped(shop)}"></a>
<nav aria-label="Shop"><a href="/">All</a> <a href="/items/slim-jeans">Clothes</a> <a href="/items/botanical-prints">Prints</a> <a href="/items/skylight-house">Houses</a></nav>
<span class="icons">${[0, 32, 64].map((at) => `<i class="icon" style="background: url(/static/icons-sprite.png) -${at}px 0"></i>`).join('')}</span>
</header>
<a class="banner" href="/"><img src="/static/banner-delivery.png" width="1456" height="96" alt="Free delivery this week"></a>
<main>
${of.body}
</main>
<footer><p>${escaped(shop)} is a sample shop: nothing here is for sale.</p>
<img src="/static/pixel.gif?page=${of.slug}" width="1" height="1" alt=""></footer>
</body>
</html>
`
}

const share = `<p class="share">${['mail', 'link', 'feed']
  .map(
    (way) =>
      `<a href="/"><img src="/static/share-${way}.png" width="32" height="32" alt="Share by ${way}"></a>`,
  )
  .join(' ')}</p>`

/** Four other items, as shops show them: their pictures are not this item's. */
function related(item: SiteItem): string {
  const at = items.indexOf(item)
  const others = [3, 5, 8, 11].map((step) => items[(at + step) % items.length]!)
  return `<section class="related" aria-label="You may also like">
<h2>You may also like</h2>
<ul class="cards carousel">${others.map(card).join('\n')}</ul>
</section>`
}

function card({ slug, title, price: euros }: SiteItem): string {
  return `<li><a href="/items/${slug}"><img src="/photos/thumb-${slug}.jpg" width="320" height="320" alt="${escaped(title)}"><b>${escaped(title)}</b> <span class="price">${price(euros)}</span></a></li>`
}

const price = (euros: number) => `€${euros.toLocaleString('en')}`
