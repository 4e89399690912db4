import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scriptValues } from './script-values.ts'

const values = (text: string) => scriptValues(text).map(({ path, value }) => ({ [path]: value }))

describe('values in scripts', () => {
  it('are read as JSON, with the name they are given', () => {
    expect(values('window.__STATE__ = {"a":[1,"x",null,true]};')).toEqual([
      { 'window.__STATE__': { a: [1, 'x', null, true] } },
    ])
  })

  it('are read as JavaScript writes them: bare names, single quotes, short booleans, trailing commas, comments', () => {
    expect(values(`var p = { big: 'a\\'b', /* no */ "n": -1.5e3, ok: !0, off: !1, list: [1,2,], };`)).toEqual(
      [{ p: { big: "a'b", n: -1500, ok: true, off: false, list: [1, 2] } }],
    )
  })

  it('hold null where there is an expression, and go on behind it', () => {
    expect(values('x = {a: f("},", [1]), b: c ? {d:1} : 2, e: new Date(1, 2), f: undefined, g: 7}')).toEqual([
      { x: { a: null, b: null, e: null, f: null, g: 7 } },
    ])
  })

  it('have their escapes undone', () => {
    expect(values(String.raw`u = ["http:\/\/a\u002Fb", 'x\x2Fy']`)).toEqual([{ u: ['http://a/b', 'x/y'] }])
  })

  it('are found in calls, in options and behind return, each the outermost', () => {
    expect(values('start({a:1}); new Gallery({ images: ["/a.jpg"] }); function f(){ return [2] }')).toEqual([
      { start: { a: 1 } },
      { Gallery: { images: ['/a.jpg'] } },
      { '': [2] },
    ])
  })

  it('are passed over where they do not end, without losing those that follow', () => {
    expect(values('a = [1, 2; b = {"c": 3}')).toEqual([{ b: { c: 3 } }])
  })

  it('are what JSON says, whatever it says', () => {
    const keys = fc.string().filter((key) => key !== '__proto__')
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, false),
        fc.string(),
        fc.integer(),
        fc
          .double({ noNaN: true, noDefaultInfinity: true })
          .map((number) => (Object.is(number, -0) ? 0 : number)),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(keys, tie('any'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).any
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (list) => {
        const text = JSON.stringify(list)
        expect(scriptValues(`x = ${text};`)).toEqual([
          { path: 'x', value: JSON.parse(text) as unknown, from: 4, to: 4 + text.length },
        ])
      }),
    )
  })

  it('cannot reach the prototype', () => {
    const [{ value }] = scriptValues('x = {"__proto__": {"polluted": 1}, "a": 1}') as unknown as [
      { value: object },
    ]
    expect(Object.keys(value)).toEqual(['a'])
    expect((value as { polluted?: number }).polluted).toBeUndefined()
  })

  it.each([
    ['brackets that open for ever', '=['.repeat(100_000)],
    ['a string that never ends', `= {"a": "${'x'.repeat(1_000_000)}`],
    ['deep nesting', `=${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['many literals that do not end', '= {"a": [1, 2, 3, '.repeat(20_000)],
    ['comments that do not end', '= [/*'.repeat(50_000)],
    ['comments that do not end, one after another', '=[/*;'.repeat(100_000)],
  ])('take bounded time for %s', (_, text) => {
    const start = performance.now()
    scriptValues(text)
    // A page of this size is parsed in some tenths of a second; what is quadratic takes minutes.
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})
