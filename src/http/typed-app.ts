import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'

/** Fastify, knowing the types that the routes' schemas promise. */
export type App = ReturnType<typeof typed>

export const typed = (app: FastifyInstance) => app.withTypeProvider<ZodTypeProvider>()
