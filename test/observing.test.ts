import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { declaredMetrics, observingGuidePath, withMetrics } from '../bin/metrics-table.ts'
import { isErrorCode } from '../src/errors.ts'

const guide = readFileSync(observingGuidePath, 'utf8')
const alerts = readFileSync(path.join(path.dirname(observingGuidePath), 'alerts.yaml'), 'utf8')
const declared = new Map(declaredMetrics().map((metric) => [metric.name, metric]))

/** What a query may be asked by that a scrape adds. */
const scraped = ['job', 'instance', 'le']

/** What is wrong with the metrics and labels that a text names. */
function faultsOf(text: string): readonly string[] {
  return [...text.matchAll(/(magpie_[a-z_]+)(?:\{([^}]*)\})?/g)].flatMap(([, name, selector]) => {
    const metric = declared.get(name!) ?? declared.get(name!.replace(/_(bucket|sum|count)$/, ''))
    if (!metric) return [`there is no ${name}`]
    const labels = [...(selector ?? '').matchAll(/([a-z_]+)\s*(?:=|!=|=~|!~)\s*"/g)].map(
      ([, label]) => label!,
    )
    return labels
      .filter((label) => ![...metric.labelNames, ...scraped].includes(label))
      .map((label) => `${name} has no label ${label}`)
  })
}

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly summary: string; readonly description?: string }
}

describe('the guide to observing', () => {
  it('lists the metrics as the code declares them', () => {
    expect(guide).toBe(withMetrics(guide))
  })

  it('asks only by metrics and labels that there are', () => {
    expect(faultsOf(guide)).toEqual([])
    expect(faultsOf('magpie_nothing_total or magpie_jobs{host="h"}')).toHaveLength(2)
  })
})

describe('the alert rules', () => {
  const { groups } = parse(alerts) as { groups: readonly { rules: readonly Rule[] }[] }
  const rules = groups.flatMap((group) => group.rules)

  it('ask only by metrics, labels and codes that there are', () => {
    expect(faultsOf(rules.map(({ expr }) => expr).join('\n'))).toEqual([])
    const codes = [...alerts.matchAll(/code(?:=|!=|=~)"([a-z_|]+)"/g)].flatMap(([, words]) =>
      words!.split('|'),
    )
    expect(codes.length).toBeGreaterThan(1)
    expect(codes.filter((code) => !isErrorCode(code))).toEqual([])
  })

  it('have names of their own and say what is the matter', () => {
    const names = rules.map(({ alert }) => alert)
    expect(new Set(names).size).toBe(names.length)
    expect(rules.filter(({ annotations }) => !annotations.summary)).toEqual([])
  })
})

describe('the metrics', () => {
  it('have names that say their unit, and words to explain them', () => {
    for (const { name, type, help } of declared.values()) {
      expect(name).toMatch(/^magpie_[a-z_]+$/)
      expect(help.length, name).toBeGreaterThan(20)
      if (type === 'counter') expect(name).toMatch(/_total$/)
      if (type === 'histogram') expect(name).toMatch(/_seconds$/)
    }
  })

  it('have no label that takes ever new values', () => {
    const labels = new Set([...declared.values()].flatMap(({ labelNames }) => labelNames))
    expect([...labels].filter((label) => /host|url|id$|item|image|catalog|path|message/.test(label))).toEqual(
      [],
    )
  })
})
