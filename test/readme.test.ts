import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorsGuide, errorsGuidePath } from '../bin/errors-guide.ts'
import { withSettings } from '../bin/readme-settings.ts'

const root = path.join(import.meta.dirname, '..')
const readme = readFileSync(path.join(root, 'README.md'), 'utf8')

describe('the README', () => {
  it('lists the settings as the code declares them', () => {
    expect(readme).toBe(withSettings(readme))
  })

  it('links only to files that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, to]) => to!)
    expect(links.filter((to) => !existsSync(path.join(root, to)))).toEqual([])
  })

  it('names only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      scripts: object
    }
    const named = [...readme.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name!)
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  })
})

describe('the guide to errors', () => {
  it('says of every code what the code says', () => {
    expect(readFileSync(errorsGuidePath, 'utf8')).toBe(errorsGuide())
  })
})
