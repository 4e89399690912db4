import { z } from 'zod'
import { errorCodes } from '../../errors.ts'
import { changeJob, jobWithSubject } from '../../jobs/job-subject.ts'
import type { Magpie } from '../../jobs/magpie.ts'
import type { Job, JobSelection } from '../../queue/job-queue.ts'
import { imageView } from '../image-view.ts'
import { paging } from '../schemas.ts'
import type { App } from '../typed-app.ts'

const ofJob = { params: z.object({ id: z.string() }) }
const filter = z.strictObject({
  kind: z.string().optional(),
  state: z.enum(['created', 'retry', 'active', 'completed', 'cancelled', 'failed']).optional(),
  host: z.string().optional(),
  code: z.enum(errorCodes).optional(),
})
const selection = filter
  .extend({ limit: z.number().int().min(1).max(10_000).default(1_000) })
  .refine(({ limit: _, ...given }) => Object.values(given).some((value) => value !== undefined), {
    error: 'must say which: by kind, state, host or code',
  })

/** `/v1/jobs`: the queue, its dead letters, and what can be done about them. */
export function jobRoutes(app: App, magpie: Magpie): void {
  app.get(
    '/v1/jobs',
    { schema: { querystring: filter.extend(paging.shape) } },
    ({ query: { cursor = null, limit, ...wanted } }) =>
      magpie.queue.list(said<typeof wanted>(wanted), { cursor, limit }),
  )

  app.get('/v1/jobs/:id', { schema: ofJob }, async ({ params: { id } }) => {
    const { job, image, item } = await jobWithSubject(magpie, id)
    return {
      ...job,
      image: image && item && imageView(image, item.catalog),
      item: item && { ...item.item, failure: item.failure },
    }
  })

  for (const change of ['retry', 'cancel'] as const) {
    const changeAll = change === 'retry' ? magpie.retryJobs : magpie.cancelJobs
    app.post(`/v1/jobs/:id/${change}`, { schema: ofJob }, ({ params: { id } }) =>
      changeJob(magpie, change, id),
    )
    app.post(`/v1/jobs/actions/${change}`, { schema: { body: selection } }, async ({ body }) =>
      asChanged(await changeAll(said<JobSelection>(body))),
    )
  }
}

const asChanged = (jobs: readonly Job[]) => ({ count: jobs.length, ids: jobs.map(({ id }) => id) })

/** Without what was left out. */
const said = <T>(given: object) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T
