import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { aPlace, haveDatabase, onServer, silent } from '../../test/given.ts'
import { startPgProxy } from '../../test/faults/pg-proxy.ts'
import { openMagpie } from '../main.ts'

describe.runIf(haveDatabase && onServer)('a scrape of a database on a server', () => {
  it('answers also while it is cut off, without what it cannot know, and with all of it afterwards', async () => {
    const place = await aPlace()
    const proxy = await startPgProxy(place.config.DATABASE_URL!)
    const magpie = await openMagpie({ ...place.config, DATABASE_URL: proxy.url }, silent)

    let isOver = false
    const over = proxy.partition(5_000).then(() => (isOver = true))
    const text = await magpie.metrics.text()
    expect(isOver).toBe(false)
    expect(text).toContain('magpie_database_up 0\n')
    expect(text).not.toContain('magpie_jobs{')
    expect(text).toContain('magpie_work_paused{code="database_unavailable"}')

    await over
    await expect.poll(() => magpie.metrics.text(), { timeout: 30_000 }).toContain('magpie_database_up 1\n')
    expect(await magpie.metrics.text()).toContain('magpie_jobs{kind="ingest-image",state="created"} 0\n')
    await magpie.close()
    await proxy.close()
    await place.remove()
  })

  it('tells how long a transaction has been open, whoever opened it', async () => {
    const place = await aPlace()
    const magpie = await openMagpie(place.config, silent)
    const somebody = new pg.Client({ connectionString: place.config.DATABASE_URL! })
    await somebody.connect()
    await somebody.query('begin; select pg_sleep(0.2)')
    const text = await magpie.metrics.text()
    await somebody.end()
    const seconds = /^magpie_database_oldest_transaction_seconds (\S+)$/m.exec(text)?.[1]
    expect(Number(seconds)).toBeGreaterThanOrEqual(0.2)
    await magpie.close()
    await place.remove()
  })
})
