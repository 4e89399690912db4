import { randomFillSync } from 'node:crypto'

/** Ids are strings that cannot be passed for one another. */
export type Id<Noun extends string> = string & { readonly __noun: Noun }
export type ItemId = Id<'item'>
export type ImageId = Id<'image'>
/** An asset's id is the SHA-256 of its bytes, so equal bytes are one asset. */
export type AssetId = Id<'asset'>

/** A new id, a UUID version 7 (RFC 9562 §5.7): rows made together lie together in the index. */
export function newId<Noun extends string>(nowMs: number = Date.now()): Id<Noun> {
  const bytes = randomFillSync(Buffer.alloc(16))
  bytes.writeUIntBE(nowMs, 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Id<Noun>
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether a stranger's text can be an id at all, before the database is asked. */
export const isId = (text: string): boolean => uuid.test(text)
