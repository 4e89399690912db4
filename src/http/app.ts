import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { MagpieError } from '../errors.ts'
import type { Magpie } from '../jobs/magpie.ts'
import { sendProblem } from './problem.ts'
import { catalogRoutes } from './routes/catalogs.ts'
import { galleryRoutes } from './routes/gallery.ts'
import { healthRoutes } from './routes/health.ts'
import { imageRoutes } from './routes/images.ts'
import { typed } from './typed-app.ts'

/** The whole HTTP face, not yet listening: `app.inject()` serves tests without a socket. */
export function buildApp(magpie: Magpie): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = magpie.log
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    // An item's own key may be its page's address.
    routerOptions: { maxParamLength: 8_192 },
    frameworkErrors: (thrown, request, reply) => void sendProblem(thrown, request, reply),
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((thrown, request, reply) => sendProblem(thrown, request, reply))
  app.setNotFoundHandler((request, reply) => sendProblem(new MagpieError('route_not_found'), request, reply))
  app.addHook('onRequest', async ({ url }) => {
    // PostgreSQL takes it in no text, so nothing here has it in its name.
    if (url.includes('%00')) throw new MagpieError('input_invalid', 'The address has a NUL in it.')
  })
  app.addHook('onSend', async (_, reply) => {
    void reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer')
  })
  for (const routes of [healthRoutes, catalogRoutes, imageRoutes, galleryRoutes]) routes(typed(app), magpie)
  return app
}
