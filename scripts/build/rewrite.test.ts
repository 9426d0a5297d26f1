import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rewrite } from './rewrite.ts'

const path = join(import.meta.dirname, 'example.ts')
const beside = (name: string): string => join(import.meta.dirname, name)

test('types vanish, lines stay, and what a file needs at run time is named', () => {
  const source = `import type { Unused } from './types.ts'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { a, type B } from './a.ts'
export * from '../b.ts'
export type { C } from './c.ts'
const later = () => import('./later.ts')
const child = new URL('child.ts', import.meta.url)
const model = new URL('../model.bin', import.meta.url)
const lent: import('./lent.ts').Lent | undefined = undefined
`
  const { code, modules, assets, packages } = rewrite(path, source)
  expect(modules).toEqual(['a.ts', '../b.ts', 'later.ts', 'child.ts'].map(beside))
  expect(assets).toEqual([beside('../model.bin')])
  expect(packages).toEqual(['zod'])
  expect(code.split('\n')).toHaveLength(source.split('\n').length)
  for (const kept of [`from './a.js'`, `from '../b.js'`, `import('./later.js')`, `URL('child.js', import.meta.url)`]) expect(code).toContain(kept)
  expect(code).not.toMatch(/\.ts|Unused|type /)
})

test('calls of failpoints go with their names, and the work between two of them stays', () => {
  const { code } = rewrite(path, `await failpoint('after_reply')
const page = await atWrite('pages', () => store(
  import('./page.ts')))
const place = half ? 'upload_half' : null
`)
  expect(code).toBe(`await undefined
const page = await (() => store(
  import('./page.js')))()
const place = half ? null : null
`)
})

test.each([
  ['a path in parts', 'new URL(`../child/${name}.ts`, import.meta.url)'],
  ['a path that is joined', `join(import.meta.dirname, 'rewrite.ts')`],
])('%s to a file of our own ends the build', (_what, expression) => {
  expect(() => rewrite(path, `const child = ${expression}`)).toThrow(/cannot follow/)
})
