import { mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { makeTemplate } from '../src/databases/embedded.ts'

const to = process.argv[2]
if (!to) throw new Error('usage: make-template.ts FOLDER')
mkdirSync(path.dirname(to), { recursive: true })
// Under another name first: a template that is there is whole.
rmSync(`${to}.new`, { recursive: true, force: true })
await makeTemplate(`${to}.new`)
renameSync(`${to}.new`, to)
