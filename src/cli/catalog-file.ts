import { readFile } from 'node:fs/promises'
import { parseDocument, stringify } from 'yaml'
import type { Catalog, CatalogChanges } from '../catalog/catalog.ts'
import { MagpieError } from '../errors.ts'

/** A catalogue as it is written in a file. */
export interface CatalogFile {
  readonly name: string
  readonly settings: CatalogChanges
}

/** Reads a file with one catalogue, in YAML or JSON. Throws `file_not_found`, `input_invalid`. */
export async function readCatalogFile(file: string): Promise<CatalogFile> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new MagpieError('file_not_found', `The file "${file}" cannot be read.`, { cause })
  })
  // JSON is YAML too.
  const document = parseDocument(text)
  const [fault] = document.errors
  if (fault) {
    const what = fault.message.split('\n')[0]!.replace(/:$/, '')
    throw new MagpieError('input_invalid', `${file} is neither YAML nor JSON: ${what}.`, { cause: fault })
  }
  const given: unknown = document.toJS()
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new MagpieError(
      'input_invalid',
      `${file} must have one catalogue, as name: jeans and its settings.`,
    )
  const { name, ...settings } = given as Readonly<Record<string, unknown>>
  if (typeof name !== 'string')
    throw new MagpieError(
      'input_invalid',
      `${file}: name: must be text, got ${JSON.stringify(name) ?? 'nothing'}.`,
    )
  return { name, settings }
}

/** A catalogue as such a file. */
export const asCatalogFile = (catalog: Catalog): string => stringify(catalog).trimEnd()
