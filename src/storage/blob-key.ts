/**
 * The key of an asset's original. The digest is SHA-256 in lower-case hex, the extension without its dot.
 * Originals and variants stand under prefixes of their own, so that a bucket's policy can serve variants and keep
 * originals private.
 */
export const originalKey = (digest: string, extension: string): string =>
  `originals/${fanOut(digest)}.${extension}`

/** The digest that an original's key promises of its bytes; null for keys of anything else. */
export const digestOfOriginal = (key: string): string | null =>
  /^originals\/[0-9a-f]{2}\/([0-9a-f]{64})\./.exec(key)?.[1] ?? null

/**
 * The key of an asset's variant. A changed spec has another digest and so another key: what a key names never changes.
 * All variants of an asset share the prefix `variantPrefix(digest)`.
 */
export const variantKey = (digest: string, specName: string, specDigest: string, extension: string): string =>
  `${variantPrefix(digest)}${specName}-${specDigest.slice(0, 8)}.${extension}`

/** What the keys of all variants of an asset begin with. */
export const variantPrefix = (digest: string): string => `variants/${fanOut(digest)}-`

// 256 folders: few enough to be made once and remembered, and ten million blobs are 40,000 in a folder, which ext4 and
// XFS find as fast as one. A second level would make a folder for almost every one of the first 65,000 blobs.
const fanOut = (digest: string) => `${digest.slice(0, 2)}/${digest}`
