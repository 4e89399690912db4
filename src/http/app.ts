import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { MagpieError } from '../errors.ts'
import type { Magpie } from '../jobs/magpie.ts'
import { sendProblem } from './problem.ts'
import { actionRoutes } from './routes/actions.ts'
import { catalogRoutes } from './routes/catalogs.ts'
import { galleryRoutes } from './routes/gallery.ts'
import { healthRoutes } from './routes/health.ts'
import { hostRoutes } from './routes/hosts.ts'
import { imageRoutes } from './routes/images.ts'
import { itemRoutes } from './routes/items.ts'
import { jobRoutes } from './routes/jobs.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { scrapeRoutes } from './routes/scrapes.ts'
import { statusRoutes } from './routes/status.ts'
import { typed } from './typed-app.ts'

/** What browsers say of a request that a page of another site makes (Fetch Metadata). */
const foreign: ReadonlySet<string> = new Set(['cross-site', 'same-site'])

const allRoutes = [
  ...[healthRoutes, metricsRoutes, statusRoutes, scrapeRoutes, catalogRoutes, itemRoutes, actionRoutes],
  ...[jobRoutes, hostRoutes, imageRoutes, galleryRoutes],
]

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
  app.addHook('onRequest', async ({ url, method, headers }) => {
    // PostgreSQL takes it in no text, so nothing here has it in its name.
    if (url.includes('%00')) throw new MagpieError('input_invalid', 'The address has a NUL in it.')
    // Nobody has to log in, so a page of another site must not have things done by its visitor's browser.
    const isReading = method === 'GET' || method === 'HEAD'
    if (!isReading && foreign.has(String(headers['sec-fetch-site'])))
      throw new MagpieError('input_invalid', 'Pages of other sites may not have anything done here.')
  })
  app.addHook('onSend', async (_, reply) => {
    void reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer')
  })
  for (const routes of allRoutes) routes(typed(app), magpie)
  return app
}
