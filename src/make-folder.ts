import { existsSync, mkdirSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * Makes a folder and those that it lies in. Node's own `recursive` never comes back from a parent that is there and
 * will hold no folder, such as /proc.
 */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return
  const parent = path.dirname(path.resolve(folder))
  if (!existsSync(parent)) makeFolder(parent)
  try {
    mkdirSync(folder)
  } catch (cause) {
    // Another process may have been quicker.
    if (!isFolder(folder)) throw cause
  }
}

const isFolder = (folder: string) => statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false
