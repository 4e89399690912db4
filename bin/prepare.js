// Run by `npm ci`: makes `npx magpie` work in a checkout, and the template from which embedded databases start.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, symlinkSync, chmodSync } from 'node:fs'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..')
const link = path.join(root, 'node_modules/.bin/magpie')
if (
  existsSync(path.join(root, 'src/main.ts')) &&
  existsSync(path.dirname(link)) &&
  process.platform !== 'win32'
) {
  rmSync(link, { force: true })
  symlinkSync('../../bin/magpie.js', link)
  chmodSync(path.join(root, 'bin/magpie.js'), 0o755)
}

const template = path.join(root, 'build/embedded-template')
if (!existsSync(template)) {
  mkdirSync(path.dirname(template), { recursive: true })
  const node = path.join(root, 'node_modules/.bin/node')
  const make = path.join(root, 'bin/make-template.ts')
  const made = spawnSync(existsSync(node) ? node : process.execPath, [make, template], { stdio: 'inherit' })
  // Not fatal: without the template a first start takes some seconds longer.
  if (made.status !== 0)
    console.warn('magpie: the database template could not be made; first starts will be slower')
}
