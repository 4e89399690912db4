import { describe, expect, it } from 'vitest'
import { catalogDefaults } from '../catalog/catalog.ts'
import { policyAt, policyFor, renderModeFor } from './site-terms.ts'

describe('what a known site wants', () => {
  const { policy } = catalogDefaults

  it('is sent with requests for its pages, behind what the catalogue wants itself', () => {
    const url = 'https://www.mobile.bg/obiavi/p-2'
    expect(policyFor(url, policy).headers).toEqual({ 'accept-language': 'bg, en;q=0.5' })
    const own = { ...policy, headers: { 'Accept-Language': 'de', 'x-key': '1' } }
    expect(policyFor(url, own).headers).toEqual(own.headers)
  })

  it('is nothing elsewhere', () => {
    expect(policyFor('https://shop.example/', policy)).toBe(policy)
    expect(renderModeFor('https://shop.example/', 'when-needed')).toBe('when-needed')
  })

  it('never has a page rendered for which somebody decided otherwise', () => {
    expect(renderModeFor('https://www.mobile.bg/', 'never')).toBe('never')
    expect(renderModeFor('https://www.mobile.bg/', 'always')).toBe('always')
  })
})

describe('the terms of a source', () => {
  const policy = {
    ...catalogDefaults.policy,
    ...({ headers: { 'x-key': '1' }, robots: 'ignore', optOut: 'ignore' } as const),
  }

  it('hold at its own origin', () => {
    expect(policyAt('https://shop.example/b', 'https://shop.example/a', policy)).toBe(policy)
  })

  it.each(['https://other.example/', 'http://shop.example/', 'https://shop.example:8443/', 'nonsense'])(
    'are neither credentials nor leave at %s',
    (address) => {
      expect(policyAt(address, 'https://shop.example/a', policy)).toMatchObject({
        ...{ headers: {}, robots: 'respect', optOut: 'respect' },
      })
    },
  )
})
