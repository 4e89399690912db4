import { describe, expect, it } from 'vitest'
import { openExposition, type Sources } from './exposition.ts'
import { openMetrics } from './metrics.ts'

const well: Sources = {
  kinds: ['ingest-image'],
  counts: async () => [
    {
      kind: 'ingest-image',
      state: 'created',
      count: 7,
      dueSince: new Date(Date.now() - 90_000),
      nextDueAt: null,
    },
    { kind: 'ingest-image', state: 'failed', count: 2, dueSince: null, nextDueAt: null },
  ],
  hosts: async () => [
    { rate: 1, pausedUntil: null, reason: null },
    { rate: 0.25, pausedUntil: null, reason: null },
    { rate: 0.5, pausedUntil: new Date(), reason: 'connection_refused' },
  ],
  workers: async () => [{ state: 'working' }, { state: 'working' }, { state: 'paused' }],
  oldestTransaction: async () => ({ openSeconds: 12.5 }),
  paused: () => ['store_full'],
  decoders: () => ({ running: 2, waiting: 5, restarts: 3, killed: 1 }),
}

const open = (sources: Partial<Sources>, patience = { freshMs: 60_000, waitMs: 50 }) =>
  openExposition(openMetrics(), { ...well, ...sources }, patience)

describe('a scrape', () => {
  it('tells of the queue, the hosts and the workers, with nothing left out because it is zero', async () => {
    const text = await open({}).text()
    expect(text).toContain('magpie_jobs{kind="ingest-image",state="created"} 7\n')
    expect(text).toContain('magpie_jobs{kind="ingest-image",state="active"} 0\n')
    expect(
      Number(/magpie_jobs_oldest_due_age_seconds\{kind="ingest-image"\} (\S+)/.exec(text)![1]),
    ).toBeCloseTo(90, 0)
    for (const [state, count] of Object.entries({ full: 1, slowed: 1, paused: 1 }))
      expect(text).toContain(`magpie_hosts{state="${state}"} ${count}\n`)
    expect(text).toContain('magpie_hosts_paused{reason="connection_refused"} 1\n')
    expect(text).toContain('magpie_workers{state="working"} 2\n')
    expect(text).toContain('magpie_workers{state="draining"} 0\n')
    expect(text).toContain('magpie_database_oldest_transaction_seconds 12.5\n')
    expect(text).toContain('magpie_database_up 1\n')
  })

  it('tells of this process: its pauses, its decoders, its version, its memory', async () => {
    const text = await open({}).text()
    expect(text).toContain('magpie_work_paused{code="store_full"} 1\n')
    expect(text).toContain('magpie_work_paused{code="database_unavailable"} 0\n')
    expect(text).toContain('magpie_decoder_pictures{state="waiting"} 5\n')
    expect(text).toContain('magpie_decoder_processes_lost_total{reason="crashed"} 2\n')
    expect(text).toMatch(/magpie_build_info\{version="\d+\.\d+\.\d+",node="v\d+/)
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m)
  })

  it('waits for a database that is away only so long, says so, and tells of the rest', async () => {
    const back = Promise.withResolvers<never[]>()
    const exposition = open({ counts: () => back.promise })
    const text = await exposition.text()
    expect(text).toContain('magpie_database_up 0\n')
    expect(text).not.toMatch(/^magpie_(jobs|hosts|workers|database_oldest_transaction_seconds)[{ ]/m)
    expect(text).toContain('magpie_decoder_pictures{state="running"} 2\n')

    back.resolve([])
    expect(await exposition.text()).toContain('magpie_database_up 1\n')
  })

  it('takes an error of the database for an answer that did not come', async () => {
    const exposition = open({ hosts: () => Promise.reject(new Error('terminating connection')) })
    expect(await exposition.text()).toContain('magpie_database_up 0\n')
  })

  it('reads the database once for all who ask at the same time, and not again for a while', async () => {
    let reads = 0
    const counts = async () => {
      reads += 1
      return []
    }
    const exposition = open({ counts })
    await Promise.all([exposition.text(), exposition.text()])
    await exposition.text()
    expect(reads).toBe(1)
  })

  it('leaves out a transaction when none is open', async () => {
    const text = await open({ oldestTransaction: async () => null }).text()
    expect(text).not.toMatch(/^magpie_database_oldest_transaction_seconds /m)
  })

  it('counts for itself, whatever others in the same process count', async () => {
    const [one, other] = [open({}), open({})]
    one.countRequest({ method: 'GET', route: '/v1/status', status: 200, tookMs: 12, byteSize: 345 })
    one.countRequest({ method: 'GET', route: null, status: 404, tookMs: 1, byteSize: 0 })
    const [mine, theirs] = await Promise.all([one.text(), other.text()])
    expect(mine).toContain(
      'magpie_http_request_duration_seconds_count{method="GET",route="/v1/status",status="200"} 1\n',
    )
    expect(mine).toContain('route="none",status="404"')
    expect(mine).toContain('magpie_served_bytes_total 345\n')
    expect(theirs).toContain('magpie_served_bytes_total 0\n')
  })
})
