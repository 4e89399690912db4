import { describe, expect, it } from 'vitest'
import { sharedSample } from '../../../test/shared-data.ts'
import { refined, reservationFor, reservationOf, tdmRules } from './tdm-rules.ts'

const rulesOf = (file: unknown) => tdmRules(JSON.stringify(file))
const terms = 'https://provider.example/policy'

describe('a tdmrep.json', () => {
  it('says by the first rule that matches, unlike robots.txt', () => {
    const rules = rulesOf([
      { location: '/a', 'tdm-reservation': 0 },
      { location: '/a/b', 'tdm-reservation': 1, 'tdm-policy': terms },
      { location: '/c*.jpg$', 'tdm-reservation': 1, 'tdm-policy': terms },
    ])
    expect(reservationFor(rules, '/a/b').tdmReservation).toBe(0)
    expect(reservationFor(rules, '/c/x.jpg')).toEqual({ tdmReservation: 1, tdmPolicy: terms })
    expect(reservationFor(rules, '/c/x.jpg?y').tdmReservation).toBeNull()
    expect(reservationFor(rules, '/%61').tdmReservation).toBe(0)
  })

  it.each([
    ['{"location":"/","tdm-reservation":1}'],
    ['[{"location":"/"}]'],
    ['[{"location":"/","tdm-reservation":2}]'],
    ['[{"tdm-reservation":1}, null, 7, "x"]'],
    ['<!doctype html><h1>Not found</h1>'],
    [''],
  ])('says nothing where it is not as the protocol has it: %s', (text) => {
    expect(reservationFor(tdmRules(text), '/').tdmReservation).toBeNull()
  })

  it('names its terms by a web address only', () => {
    for (const policy of ['javascript:alert(1)', 'terms.html', 7, 'https://a.example/\ud800'])
      expect(reservationOf(1, policy)).toEqual({ tdmReservation: 1, tdmPolicy: null })
  })
})

interface Sample {
  readonly file: unknown
  readonly cases: readonly {
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly meta: Readonly<Record<string, string>>
    readonly reservation: 0 | 1 | null
    readonly policy: string | null
  }[]
}

const sample = sharedSample<Sample>('http/tdmrep-cases.json')

describe.skipIf(!sample)('the protocol’s cases', () => {
  it.each(sample?.cases ?? [])(
    '$path with $headers and $meta',
    ({ path, headers, meta, reservation, policy }) => {
      const said = (of: Readonly<Record<string, string>>) =>
        reservationOf(of['tdm-reservation'], of['tdm-policy'])
      const site = reservationFor(rulesOf(sample!.file), path)
      expect(refined(refined(site, said(headers)), said(meta))).toEqual({
        tdmReservation: reservation,
        tdmPolicy: policy,
      })
    },
  )
})
