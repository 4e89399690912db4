import type { ImageId } from '../catalog/ids.ts'

/** The path of one version of an image in one variant: what it names never changes. */
export const imagePath = (id: ImageId, version: number, variant: string, extension: string): string =>
  `/images/${id}/${version}/${variant}.${extension}`
