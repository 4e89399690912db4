import { z } from 'zod'

/** What a list may be asked for: where it goes on, and how much of it. */
export const paging = z.object({
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** A body that may be left out altogether. */
export const orNothing = <Body extends z.ZodType>(body: Body) => z.preprocess((given) => given ?? {}, body)
