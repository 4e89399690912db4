import { rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { MagpieError } from '../errors.ts'
import type { Magpie } from '../jobs/magpie.ts'
import { makeFolder } from '../make-folder.ts'
import type { CliContext } from './context.ts'
import type { ScrapedItem } from './report.ts'
import { count } from './table.ts'

/** Writes the kept pictures of each item into a folder of its own, named by rank and kind, without private metadata. */
export async function exportTo(
  context: CliContext,
  magpie: Magpie,
  items: readonly ScrapedItem[],
  folder: string,
): Promise<void> {
  let written = 0
  try {
    for (const item of items) {
      const itemFolder = path.join(folder, `${slug(item.title)}-${item.id.slice(-6)}`)
      if (item.images.length > 0) makeFolder(itemFolder)
      for (const image of item.images) {
        const found = await magpie.resolve({
          id: image.id,
          version: null,
          variant: 'full',
          extension: 'auto',
        })
        const delivery = found.kind === 'redirect' ? await magpie.resolve(wantedOf(found.path)) : found
        if (delivery.kind !== 'stream') continue
        const extension = path.extname(delivery.blob.key)
        const name = `${String(image.rank).padStart(2, '0')}-${image.kind}${image.hero ? '-hero' : ''}${extension}`
        const body = new Uint8Array(
          await new Response(
            (await delivery.body()) as ConstructorParameters<typeof Response>[0],
          ).arrayBuffer(),
        )
        await writeFile(path.join(itemFolder, `.${name}.part`), body)
        await rename(path.join(itemFolder, `.${name}.part`), path.join(itemFolder, name))
        written += 1
      }
    }
  } catch (cause) {
    if (cause instanceof MagpieError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new MagpieError('folder_unwritable', `The pictures could not be written to ${folder}: ${why}.`, {
      cause,
    })
  }
  context.err(`${count(written, 'picture')} written to ${folder}\n`)
}

function wantedOf(imagePath: string) {
  const [, id, version, file] = /^\/images\/([^/]+)\/(\d+)\/([^/]+)$/.exec(imagePath) ?? []
  const [variant, extension] = (file ?? '').split('.')
  return { id: id!, version: Number(version), variant: variant!, extension: extension! }
}

const slug = (title: string) =>
  title
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60) || 'item'
