import type { Rendering } from '../catalog/items.ts'

/** What is to be said of a page that needs a browser, on lines of its own; nothing for others. */
export function renderingText(rendering: Rendering | null): string {
  if (rendering === null) return ''
  const { needed, done, hint } = rendering
  const what = done
    ? `rendered by a browser${needed ? `: ${needed}` : ''}`
    : `a browser would show more: ${needed ?? 'the page is to be rendered'}`
  return `\n  ${what}${hint ? `\n  ${hint}` : ''}`
}
