import { createHash } from 'node:crypto'
import { html, Html } from './html.ts'

const style = `
:root{color-scheme:light dark;--ink:#1c1f23;--soft:#5f6872;--line:#d9dee3;--ground:#fff;--card:#f6f7f8;--accent:#0b5cad}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#9aa4ae;--line:#343a41;--ground:#15181b;--card:#1e2226;--accent:#7db7f0}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
header,main{max-width:1200px;margin:0 auto;padding:16px 20px}header{display:flex;gap:12px;align-items:baseline;flex-wrap:wrap;border-bottom:1px solid var(--line)}
header a.home{font-weight:700;font-size:18px;color:var(--ink)}a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
h1{font-size:22px;margin:8px 0 4px}p.soft,.soft{color:var(--soft)}table{border-collapse:collapse;width:100%;margin:12px 0}
.wide{overflow-x:auto}td,th{padding:6px 10px;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:16px;margin:16px 0;padding:0;list-style:none}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;overflow:hidden;display:flex;flex-direction:column}
.frame{position:relative;aspect-ratio:4/3;background:var(--line);display:flex;align-items:center;justify-content:center;color:var(--soft)}
.frame img{position:absolute;inset:0;width:100%;height:100%;object-fit:contain;background:#fff}.text{padding:10px 12px;overflow-wrap:anywhere}
.text strong{display:block}.chips{display:flex;gap:6px;flex-wrap:wrap;margin-top:4px}.chip{border:1px solid var(--line);border-radius:99px;padding:0 8px;font-size:13px}
.chip.hero{background:var(--accent);border-color:var(--accent);color:var(--ground)}.why{font-size:13px;color:var(--soft);margin-top:6px}
meter{width:100%;height:10px;margin-top:8px}ul.plain{padding-left:18px}nav.next{margin:16px 0}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
`

/** The only style that pages may use, named to the browser by its hash. */
export const galleryPolicy = [
  "default-src 'none'",
  "img-src 'self' data:",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** A whole page around its content. */
export const page = (title: string, trail: Html | null, content: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Magpie</title>
        <link rel="icon" href="data:," />
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <header><a class="home" href="/">Magpie</a>${trail}</header>
        <main>${content}</main>
      </body>
    </html>`.text
