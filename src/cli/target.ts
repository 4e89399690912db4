import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MagpieError } from '../errors.ts'

/** What a person gave: an address, or a saved page with the address it is from. */
export interface Target {
  readonly url: string
  readonly page?: Uint8Array
}

/**
 * Reads an argument as an address or as a local HTML file, which takes its address from `base`.
 * Throws `url_invalid`, `file_not_found`, `input_invalid`.
 */
export async function readTarget(argument: string, base: string | undefined): Promise<Target> {
  if (/^https?:\/\//i.test(argument)) return { url: parse(argument) }
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(argument)?.[1]
  if (scheme && scheme.toLowerCase() !== 'file')
    throw new MagpieError(
      'url_invalid',
      `"${argument}" is a ${scheme} address; only http and https are fetched.`,
    )
  const file = scheme ? fileURLToPath(argument) : argument
  const found = await stat(file).catch(() => null)
  if (!found) throw notFound(argument)
  if (!found.isFile()) throw new MagpieError('input_invalid', `${argument} is not a file.`)
  const url = base === undefined ? pathToFileURL(path.resolve(file)).href : parse(base)
  return { url, page: await readFile(file) }
}

function parse(address: string): string {
  try {
    return new URL(address).href
  } catch (cause) {
    throw new MagpieError('url_invalid', `"${address}" is not a valid address.`, { cause })
  }
}

function notFound(argument: string): MagpieError {
  const looksLikeHost = /^[\w-]+(\.[\w-]+)+(\/|$)/.test(argument)
  return new MagpieError('file_not_found', `There is no file "${argument}".`, {
    remedy: looksLikeHost
      ? `For a page on the web write https://${argument}.`
      : 'Check the path, or write the address with https://.',
  })
}
