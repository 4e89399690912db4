import { inspect } from '../inspect.ts'
import { render } from '../render.ts'
import type { Message } from './messages.ts'
import type { Order } from './order.ts'

/** Does what is ordered, in this process: Facts as words, or a Rendered with its bytes beside. Throws as they do. */
export async function perform(order: Order, bytes: Uint8Array): Promise<Message> {
  if (order.verb === 'inspect') return { words: await inspect(bytes, order.limits), bytes: new Uint8Array() }
  const { bytes: rendered, ...words } = await render(bytes, order.spec, order.limits)
  return { words, bytes: rendered }
}
