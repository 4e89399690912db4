import { readFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../test/shared-data.ts'
import { checkedUrl, hostOf, portOf } from './checked-url.ts'
import { allowedHosts, isPublicAddress, permitted } from './public-addresses.ts'

const none = allowedHosts([])
const at = (address: string) => ({ address, family: net.isIP(address) })

describe('public addresses', () => {
  it.each([
    ['8.8.8.8', true],
    ['93.184.216.34', true],
    ['172.15.255.255', true],
    ['172.32.0.0', true],
    ['100.63.255.255', true],
    ['2606:2800:220:1:248:1893:25c8:1946', true],
    ['2a00:1450:4001::200e', true],
    ['0.0.0.0', false],
    ['10.1.2.3', false],
    ['100.64.0.1', false],
    ['127.0.0.1', false],
    ['169.254.169.254', false],
    ['172.16.0.1', false],
    ['192.0.0.192', false],
    ['192.168.1.1', false],
    ['198.19.255.255', false],
    ['224.0.0.251', false],
    ['255.255.255.255', false],
    ['::', false],
    ['::1', false],
    ['::ffff:8.8.8.8', false],
    ['::8.8.8.8', false],
    ['64:ff9b::8.8.8.8', false],
    ['64:ff9b:1::1', false],
    ['2001::1', false],
    ['2001:db8::1', false],
    ['2002:7f00:1::1', false],
    ['3fff::1', false],
    ['5f00::1', false],
    ['fd00::1', false],
    ['fe80::1', false],
    ['fe80::1%eth0', false],
    ['ff0e::1', false],
    ['2a00:1450::5efe:7f00:1', false],
    ['2a00:1450::200:5efe:10.0.0.1', false],
    ['not an address', false],
    ['', false],
  ])('%s: %s', (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected)
  })
})

describe('allowed hosts', () => {
  it('allows an address at the port that was given, and at no other', () => {
    const allowed = allowedHosts(['127.0.0.1:8199'])
    expect(allowed.address('127.0.0.1', 8199)).toBe(true)
    expect(allowed.address('127.0.0.1', 8200)).toBe(false)
    expect(allowed.address('127.0.0.2', 8199)).toBe(false)
    expect(allowed.address('::ffff:127.0.0.1', 8199)).toBe(false)
  })

  it.each([
    ['10.1.2.3', '10.1.2.3', 80, true],
    ['10.0.0.0/8', '10.200.0.1', 9000, true],
    ['10.0.0.0/8:80', '10.200.0.1', 9000, false],
    ['10.0.0.0/8', '11.0.0.1', 80, false],
    ['fd00::/8', 'fd12::1', 80, true],
    ['::1', '::1', 80, true],
    ['[::1]:8080', '::1', 8080, true],
    ['[::1]:8080', '::1', 80, false],
    ['64:ff9b::/96', '64:ff9b::808:808', 443, true],
    ['localhost', '127.0.0.1', 80, true],
    ['localhost', '::1', 80, true],
    ['localhost:81', '::1', 80, false],
    ['intranet.example', '10.0.0.1', 80, false],
  ])('%s allows %s at %i: %s', (entry, address, port, expected) => {
    expect(allowedHosts([entry]).address(address, port)).toBe(expected)
  })

  it('allows a name whatever its case, with or without the last dot', () => {
    const allowed = allowedHosts(['Intranet.Example:8080', 'nas'])
    expect(allowed.name('intranet.example.', 8080)).toBe(true)
    expect(allowed.name('intranet.example', 80)).toBe(false)
    expect(allowed.name('NAS', 5000)).toBe(true)
    expect(allowed.name('x.nas', 5000)).toBe(false)
  })

  it.each(['', '10.0.0.0/33', 'host:0', 'host:99999', 'http://host', 'example.com/8', '[::1', '::1/129'])(
    'refuses the entry "%s", naming the setting',
    (entry) => {
      expect(() => allowedHosts([entry])).toThrow(/FETCH_ALLOW_PRIVATE has/)
    },
  )
})

describe('permitted addresses', () => {
  const host = { hostname: 'a.example.com', port: 80 }

  it('keeps the public addresses of a name that has private ones beside them', () => {
    expect(permitted(host, [at('10.0.0.1'), at('93.184.216.34')], none)).toEqual([at('93.184.216.34')])
  })

  it('says where a name leads when none of its addresses is public', () => {
    expect(() => permitted(host, [at('10.0.0.1'), at('::1')], none)).toThrow(
      'a.example.com leads to 10.0.0.1, which is not a public address.',
    )
    expect(() => permitted(host, [], none)).toThrow(/leads to no address/)
  })

  it('lets a listed name lead anywhere', () => {
    expect(permitted(host, [at('10.0.0.1')], allowedHosts(['a.example.com']))).toEqual([at('10.0.0.1')])
  })
})

interface Case {
  readonly id: number
  readonly url: string
  readonly expect: 'allow' | 'deny'
  readonly resolves?: Readonly<Record<string, string[]>>
  readonly then?: Readonly<Record<string, string[]>>
}

const hostile = sharedData('hostile')

describe.skipIf(!hostile)('the list of SSRF addresses', () => {
  const { urls } = JSON.parse(readFileSync(path.join(hostile ?? '', 'ssrf.json'), 'utf8')) as { urls: Case[] }

  // The list refuses a name altogether that has one private address beside a public one; we go to the public one alone.
  const filtered = urls.filter(({ resolves }) => {
    const verdicts = new Set(Object.values(resolves ?? {}).flatMap((list) => list.map(isPublicAddress)))
    return verdicts.size === 2
  })

  /** The addresses that would be connected to; throws when none may be. */
  const reached = ({ url, resolves, then }: Case) => {
    const checked = checkedUrl(url, { maxLength: 8192, isListed: () => false })
    const hostname = hostOf(checked)
    const looked = [resolves, then].filter((answer) => answer !== undefined)
    const answers = net.isIP(hostname) ? [[hostname]] : looked.map((answer) => Object.values(answer).flat())
    if (answers.length === 0) throw new Error('the name has no address')
    return answers.flatMap((answer) => permitted({ hostname, port: portOf(checked) }, answer.map(at), none))
  }

  it('is judged as it expects', () => {
    const wrong = urls
      .filter((one) => !filtered.includes(one))
      .filter((one) => {
        try {
          return reached(one).length > 0 !== (one.expect === 'allow')
        } catch {
          return one.expect !== 'deny'
        }
      })
    expect(wrong).toEqual([])
    expect(urls.length).toBeGreaterThanOrEqual(307)
  })

  it('has one name with public and private addresses, of which only the public one is reached', () => {
    expect(filtered.map(({ id }) => id)).toEqual([258])
    expect(filtered.map(reached)).toEqual([[at('93.184.216.34')]])
  })
})
