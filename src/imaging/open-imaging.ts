import { availableParallelism } from 'node:os'
import { number, optionalNumber, type Values } from '../settings.ts'
import type { Facts } from './facts.ts'
import type { Rendered } from './render.ts'
import { openSandbox, type Sandbox, type SandboxStats } from './sandbox.ts'
import type { VariantSpec } from './variant-spec.ts'

/** The settings of this room. */
export const imagingSettings = {
  IMAGING_MAX_PIXELS: number({
    default: 50e6,
    min: 1,
    means: 'the most pixels a picture may have, width times height; more is refused before decoding',
  }),
  IMAGING_MAX_FRAMES: number({
    default: 500,
    min: 1,
    means: 'the most frames an animated picture may have; facts come from the first',
  }),
  IMAGING_PROCESSES: optionalNumber({
    min: 0,
    max: 256,
    means:
      'how many processes of their own decode pictures, so that none of these can take the program down; left out, one more than there are cores; 0 decodes in the program itself, without the next two limits',
  }),
  IMAGING_TIMEOUT_MS: number({
    default: 30_000,
    min: 1,
    means: 'how long one picture may be decoded and encoded, in milliseconds',
  }),
  IMAGING_MAX_MEMORY: number({
    default: 1.5e9,
    min: 200e6,
    means: 'the most memory that a decoding process may take, in bytes; held on Linux only',
  }),
}

/** Everything that touches pictures' bytes. A signal takes a picture out of the line; its reason is thrown. */
export interface Imaging {
  /**
   * Throws `not_an_image`, `image_unsupported`, `image_too_large` and `image_corrupt`; of pictures that are too much
   * for their process `image_too_slow` and `image_crashed`; after closing `interrupted`.
   */
  inspect(bytes: Uint8Array, signal?: AbortSignal): Promise<Facts>
  /** Throws as `inspect` does. */
  render(bytes: Uint8Array, spec: VariantSpec, signal?: AbortSignal): Promise<Rendered>
  stats(): SandboxStats
  /** Ends the processes; what is under way ends with `interrupted`. */
  close(): Promise<void>
}

/** This room, bound to its limits. Processes are started when there is something for them to do. */
export function openImaging(settings: Values<typeof imagingSettings>): Imaging {
  const limits = { maxPixels: settings.IMAGING_MAX_PIXELS, maxFrames: settings.IMAGING_MAX_FRAMES }
  const { perform, stats, close } = openHands(settings)
  return {
    inspect: async (bytes, signal) => {
      const { words } = await perform({ verb: 'inspect', limits }, bytes, signal)
      return words as Facts
    },
    render: async (bytes, spec, signal) => {
      const rendered = await perform({ verb: 'render', limits, spec }, bytes, signal)
      return { ...(rendered.words as Omit<Rendered, 'bytes'>), bytes: rendered.bytes }
    },
    stats,
    close,
  }
}

function openHands(settings: Values<typeof imagingSettings>): Pick<Sandbox, 'perform' | 'stats' | 'close'> {
  // While one waits for its next picture, another decodes: measured in bench/README.md.
  const processes = settings.IMAGING_PROCESSES ?? availableParallelism() + 1
  if (processes === 0) return inThisProcess()
  const limits = { timeoutMs: settings.IMAGING_TIMEOUT_MS, maxMemory: settings.IMAGING_MAX_MEMORY }
  return openSandbox({ processes, limits })
}

function inThisProcess(): Pick<Sandbox, 'perform' | 'stats' | 'close'> {
  let running = 0
  return {
    async perform(order, bytes, signal) {
      signal?.throwIfAborted()
      running += 1
      try {
        // Only here: a program whose pictures are decoded elsewhere need not have sharp in its memory.
        const { perform } = await import('./sandbox/perform.ts')
        return await perform(order, bytes)
      } finally {
        running -= 1
      }
    },
    stats: () => ({ running, waiting: 0, restarts: 0, killed: 0 }),
    close: async () => undefined,
  }
}
