import { number, oneOf, optional, type Values } from '../settings.ts'

/** When a page is rendered by a browser: where its catalogue says nothing, this is what holds. */
export const renderModes = ['never', 'when-needed', 'always'] as const

export type RenderMode = (typeof renderModes)[number]

/** What an operator may set about rendering pages. */
export const renderSettings = {
  RENDER: oneOf(renderModes, {
    default: 'when-needed',
    means:
      'whether a browser renders pages before they are read: never, when-needed (the page is an empty shell) or always',
  }),
  RENDER_BROWSER: optional({
    means: 'the path of the Chromium to render with, in place of the one that is found',
  }),
  RENDER_CONCURRENCY: number({
    default: 2,
    min: 1,
    max: 32,
    means: 'how many pages one process renders at once',
  }),
  RENDER_TIMEOUT_MS: number({
    default: 20_000,
    min: 1000,
    max: 600_000,
    means: 'how long the rendering of one page may take, in milliseconds; what is there by then is used',
  }),
  RENDER_MAX_REQUESTS: number({
    default: 500,
    min: 1,
    max: 100_000,
    means: 'how many requests one page may make while it is rendered',
  }),
  RENDER_MAX_BYTES: number({
    default: 30 * 2 ** 20,
    min: 1,
    max: 2 ** 31,
    means: 'how much one page may download while it is rendered, in bytes; its pictures are not',
  }),
  RENDER_MAX_MEMORY: number({
    default: 1_000_000_000,
    min: 100_000_000,
    max: 2 ** 36,
    means: 'the memory that one page may take while it is rendered, in bytes; watched on Linux',
  }),
}

export type RenderSettings = Values<typeof renderSettings>
