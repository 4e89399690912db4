import { renameSync, writeFileSync } from 'node:fs'
import { makeTemplate } from '../src/databases/embedded.ts'

const to = process.argv[2]
if (!to) throw new Error('usage: make-template.ts FILE')
writeFileSync(`${to}.new`, await makeTemplate())
renameSync(`${to}.new`, to)
