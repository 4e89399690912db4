import { list, number, optional, text } from '../settings.ts'
import { version } from '../version.ts'

/** What an operator may set about fetching. */
export const fetchSettings = {
  FETCH_TIMEOUT_MS: number({
    default: 30_000,
    min: 1,
    max: 3_600_000,
    means: 'how long one download may take in all, redirects included, in milliseconds',
  }),
  FETCH_FIRST_BYTE_MS: number({
    default: 15_000,
    min: 1,
    max: 3_600_000,
    means: 'how long a host may take to connect and begin its answer, in milliseconds',
  }),
  FETCH_IDLE_MS: number({
    default: 10_000,
    min: 1,
    max: 3_600_000,
    means: 'how long a host may fall silent in the middle of an answer, in milliseconds',
  }),
  FETCH_MAX_BYTES: number({
    default: 50 * 2 ** 20,
    min: 1,
    max: 2 ** 31,
    means: 'the largest picture that is downloaded, in bytes, decompressed',
  }),
  FETCH_MAX_PAGE_BYTES: number({
    default: 20 * 2 ** 20,
    min: 1,
    max: 2 ** 29,
    means: 'the largest page that is downloaded, in bytes, decompressed',
  }),
  FETCH_MAX_REDIRECTS: number({ default: 5, min: 0, max: 50, means: 'how many redirects are followed' }),
  FETCH_MAX_HEADER_BYTES: number({
    default: 32_768,
    min: 1024,
    max: 1_048_576,
    means: 'how large the headers of an answer may be, in bytes',
  }),
  FETCH_MAX_URL_LENGTH: number({
    default: 8192,
    min: 64,
    max: 65_536,
    means: 'how long an address may be, in characters',
  }),
  FETCH_USER_AGENT: text({
    default: `Magpie/${version}`,
    means: 'the name we fetch under; its first word is the one robots.txt is asked about',
  }),
  FETCH_CONTACT: optional({
    means: 'a URL or e-mail address in the User-Agent, where a site’s owner can reach you',
  }),
  FETCH_ALLOW_PRIVATE: list({
    means:
      'hosts of your own network that may be fetched from: name, address or CIDR range, each with :port if only that port is meant',
  }),
}
