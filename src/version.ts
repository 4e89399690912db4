import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** The version of the package, whose file lies above the sources, and above what is built of them. */
export const version: string = ['..', '../..']
  .map((folder) => path.join(import.meta.dirname, folder, 'package.json'))
  .filter((file) => existsSync(file))
  .map((file) => (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version)[0]!
