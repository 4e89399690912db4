import { BlockList, isIP } from 'node:net'
import { MagpieError } from '../errors.ts'

export interface Address {
  readonly address: string
  readonly family: number
}

// IANA's special-purpose registry and multicast; also the parts of it that are called globally reachable,
// since no picture is served from an anycast relay.
const specialV4 = ranges('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])

// All that IANA gives out for the Internet. Loopback, unique local, link-local, multicast, IPv4-mapped, IPv4-compatible and NAT64 lie outside.
const globalV6 = ranges('ipv6', ['2000::/3'])
// Teredo, ORCHID, benchmarks and the like; documentation; 6to4; AS112; documentation again.
const specialV6 = ranges('ipv6', [
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
])

// One list for both families would be wrong: in net.BlockList an IPv6 rule for ::ffff:0:0/96 matches every IPv4 address.
function ranges(family: 'ipv4' | 'ipv6', cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [net = '', bits] = cidr.split('/')
    list.addSubnet(net, Number(bits), family)
  }
  return list
}

/** Whether an IP address lies on the open Internet; false for what is not an address at all. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !specialV4.check(address, 'ipv4')
  if (isIP(address) !== 6 || address.includes('%')) return false
  return globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6') && !isIsatap(address)
}

// ISATAP (RFC 5214) hides an IPv4 address behind any prefix: its interface identifier begins 0000:5efe or 0200:5efe.
function isIsatap(address: string): boolean {
  const [, , , , fifth, sixth] = groupsOf(address)
  return sixth === '5efe' && (fifth === '0' || fifth === '200')
}

function groupsOf(address: string): string[] {
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::')
  const [left, right] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [
    string[],
    string[],
  ]
  return tail === undefined
    ? left
    : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
}

/** Hosts that an operator allows although they are private, and at which ports. */
export interface AllowedHosts {
  name(hostname: string, port: number): boolean
  address(address: string, port: number): boolean
}

interface Entry {
  readonly port: number | null
  readonly name: string | null
  readonly list: BlockList | null
}

/**
 * Reads entries such as `localhost`, `intranet.example:8080`, `10.1.2.3`, `127.0.0.1:8199`, `[::1]:8080`, `10.0.0.0/8`.
 * `localhost` is also 127.0.0.1 and ::1. Throws `setting_invalid`.
 */
export function allowedHosts(entries: readonly string[]): AllowedHosts {
  const read = entries.map(readEntry)
  const at = (port: number) => read.filter((entry) => entry.port === null || entry.port === port)
  return {
    name: (hostname, port) => {
      const bare = hostname.toLowerCase().replace(/\.$/, '')
      return at(port).some((entry) => entry.name === bare)
    },
    address: (address, port) => {
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
      // BlockList would take ::ffff:10.1.2.3 for 10.1.2.3; an entry means the address as it is written.
      const mapped = family === 'ipv6' && /^::ffff:/i.test(address)
      return !mapped && isIP(address) > 0 && at(port).some((entry) => entry.list?.check(address, family))
    },
  }
}

function readEntry(entry: string): Entry {
  const parts = /^(?:\[([^\]]+)\]|([^:/]+(?:\/\d+)?)|([0-9a-f:.]*:[0-9a-f:.]*(?:\/\d+)?))(?::(\d+))?$/i.exec(
    entry,
  )
  const host = parts && (parts[1] ?? parts[2] ?? parts[3])
  const port = parts?.[4] === undefined ? null : Number(parts[4])
  if (!host || (port !== null && (port < 1 || port > 65_535))) throw badEntry(entry)
  if (host.toLowerCase() === 'localhost')
    return { port, name: 'localhost', list: listOf(['127.0.0.1', '::1'], entry) }
  if (isIP(host.split('/')[0]!)) return { port, name: null, list: listOf([host], entry) }
  if (host.includes('/') || !/[a-z]/i.test(host)) throw badEntry(entry)
  return { port, name: host.toLowerCase().replace(/\.$/, ''), list: null }
}

function listOf(cidrs: readonly string[], entry: string): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [net = '', bits] = cidr.split('/')
    const family = isIP(net) === 6 ? 'ipv6' : 'ipv4'
    const most = family === 'ipv6' ? 128 : 32
    if (Number(bits ?? most) > most) throw badEntry(entry)
    list.addSubnet(net, Number(bits ?? most), family)
  }
  return list
}

const badEntry = (entry: string) =>
  new MagpieError(
    'setting_invalid',
    `FETCH_ALLOW_PRIVATE has "${entry}", which is neither a host, nor an address, nor a range, with or without a port.`,
    { setting: 'FETCH_ALLOW_PRIVATE', measured: entry },
  )

/**
 * Which of a host's addresses may be connected to: the public ones, and those that the operator allows at this port.
 * A private address beside a public one is left out. Throws `address_private` when none remains.
 */
export function permitted(
  host: { readonly hostname: string; readonly port: number },
  addresses: readonly Address[],
  allowed: AllowedHosts,
): readonly [Address, ...Address[]] {
  const { hostname, port } = host
  const listed = allowed.name(hostname, port)
  const [first, ...rest] = addresses.filter(
    ({ address }) => listed || allowed.address(address, port) || isPublicAddress(address),
  )
  if (first) return [first, ...rest]
  const where = addresses[0]?.address
  throw new MagpieError(
    'address_private',
    where === hostname
      ? `${hostname} is not a public address.`
      : `${hostname} leads to ${where ?? 'no address'}, which is not a public address.`,
    { measured: where },
  )
}
