/** Parameters that sign a URL, or let it in, by name alone: AWS, CloudFront, Google, Azure, Akamai, Alibaba, Meta. */
const signingNames =
  /^(?:x-(?:amz|goog|oss|cos)-(?:signature|credential|algorithm)|signature|sig|sign|expires|policy|key-pair-id|ossaccesskeyid|googleaccessid|awsaccesskeyid|auth_key|oh|hmac|hdn(?:ts|ea|tl)|verify|(?:.*[-_])?token(?:__)?)$/i

/** Parameters that sign only if they hold a digest: `s=80` is a size, imgix's `s=` with 32 digits is not. */
const maybeSigning = /^(?:s|h|hash|md5|st|key|checksum|k|sum)$/i
const digest = /^(?:[0-9a-f]{20,128}|[\w-]{22,88}={0,2})$/i

const signedPaths: readonly RegExp[] = [
  // Cloudinary.
  /\/s--[\w-]{8,32}--\//,
  // Imgproxy and Thumbor: a digest before what it signs.
  /^\/[\w-]{27,88}={0,2}\/(?=(?:rs|resize|size|s|w|h|width|height|g|gravity|q|fill|fit|auto|preset|pr|dpr|c|crop|el|plain|fit-in|smart|trim)[:/]|\d+x\d+\/)/,
  // Brightspot's dims.
  /\/dims\d?\/(?:[\w-]+\/)?[\w-]+\/[0-9a-f]{7,}\/\d+\//,
]

/** Whether a URL vouches for itself: changed in any way it leads nowhere, so nothing is to be guessed from it. */
export function isSigned(url: URL): boolean {
  if (signedPaths.some((path) => path.test(url.pathname))) return true
  return [...url.searchParams].some(
    ([name, value]) => signingNames.test(name) || (maybeSigning.test(name) && digest.test(value)),
  )
}
