import { expect, it } from 'vitest'
import { aGate, silent, until } from '../../test/given.ts'
import { MagpieError } from '../errors.ts'
import { openPause } from '../jobs/pause.ts'
import { tellingPauses } from './tell-pauses.ts'

it('says that work is paused and why, and that it goes on', async () => {
  const pause = openPause(silent, { firstMs: 1, mostMs: 5 })
  const said: string[] = []
  const worked = aGate()
  const telling = tellingPauses(
    { err: (text) => said.push(text) },
    { pausedBecause: pause.because },
    worked.opened,
  )
  let isFull = true
  pause.begin(new MagpieError('store_full', 'No room on the disk.'), async () => {
    if (isFull) throw new Error('still full')
  })
  await until(() => said.length === 1)
  isFull = false
  await until(() => said.length === 2)
  worked.open()
  await telling
  expect(said).toEqual(['magpie pauses: No room on the disk. It goes on by itself.\n', 'magpie goes on.\n'])
})
