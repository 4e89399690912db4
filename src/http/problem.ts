import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { isDatabaseAway } from '../database.ts'
import { asMagpieError, MagpieError, type ErrorCode } from '../errors.ts'

/** An error body as RFC 9457 has it, with our code beside. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly retryable: boolean
  readonly remedy: string
}

/** What is to be done, where it is not what would be done on a command line. */
const remedies: Readonly<Partial<Record<ErrorCode, string>>> = {
  input_invalid: 'Mend what the detail names, and send it again.',
  catalog_not_found: 'See them at /v1/catalogs.',
  job_not_found: 'Finished jobs are kept for a day; see /v1/jobs.',
}

/** Any error as a problem. What is not ours says nothing of our insides. */
export function toProblem(thrown: unknown): Problem {
  const error = fromFramework(thrown) ?? fromDatabase(thrown) ?? asMagpieError(thrown)
  const isInternal = error.code === 'internal'
  const { code, status, retry: retryable } = error
  const remedy = error.details.remedy ?? remedies[code] ?? error.remedy
  const detail = isInternal ? 'Something went wrong inside Magpie; its log says what.' : error.message
  return {
    type: `https://magpie.example/problems/${code}`,
    title: titleOf(error),
    status,
    detail,
    code,
    retryable,
    remedy,
  }
}

const titleOf = (error: MagpieError) => new MagpieError(error.code).message

/** Fastify's own complaints: schemas, bodies too large, malformed requests. */
function fromFramework(thrown: unknown): MagpieError | null {
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const faults = thrown.validation.map(
      ({ instancePath, message }) => `${instancePath || 'the request'}: ${message}`,
    )
    return new MagpieError('input_invalid', faults.join('; '), { cause: thrown })
  }
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new MagpieError('body_unsupported', undefined, { cause: thrown })
  if (
    thrown instanceof Error &&
    'statusCode' in thrown &&
    typeof thrown.statusCode === 'number' &&
    thrown.statusCode < 500
  )
    return new MagpieError('input_invalid', thrown.message, { cause: thrown })
  return null
}

const fromDatabase = (thrown: unknown) =>
  isDatabaseAway(thrown) ? new MagpieError('database_unavailable', undefined, { cause: thrown }) : null

export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(thrown)
  if (problem.status >= 500) tellLog(problem, thrown, request)
  const retryAfterMs = thrown instanceof MagpieError ? thrown.details.retryAfterMs : undefined
  if (retryAfterMs !== undefined) void reply.header('retry-after', Math.ceil(retryAfterMs / 1000))
  // Errors pass; a cache must not keep them alive.
  return (
    reply
      .status(problem.status)
      .header('cache-control', 'no-store')
      // Also where no hook of ours is run, as for an address that cannot be read.
      .header('x-content-type-options', 'nosniff')
      .type('application/problem+json')
      .send(JSON.stringify(problem))
  )
}

/** Its query is nobody's business: it may hold a key. */
function tellLog({ code, detail }: Problem, thrown: unknown, { log, method, url }: FastifyRequest): void {
  const asked = { method, path: url.split('?')[0] }
  if (code === 'internal') log.error({ err: thrown, ...asked }, 'a request failed in a way nobody foresaw')
  else log.info({ code, why: detail, ...asked }, 'a request could not be answered')
}
