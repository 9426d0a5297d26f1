import { expect, test } from 'vitest'
import { createStatementNames } from './statement-names.ts'

test('a text has no name until it is used often, and one name from there on', () => {
  const nameOf = createStatementNames({ often: 3 })
  expect([nameOf('select 1'), nameOf('select 1'), nameOf('select 2')]).toEqual(['', '', ''])
  const name = nameOf('select 1')
  expect(name).toMatch(/^unit_\d+$/)
  expect(nameOf('select 1')).toBe(name)
})

test('no two texts share a name', () => {
  const nameOf = createStatementNames({ often: 1 })
  const names = Array.from({ length: 100 }, (_, n) => nameOf(`select ${n}`))
  expect(new Set(names).size).toBe(100)
})

test('with all names given, others stay without one', () => {
  const nameOf = createStatementNames({ often: 1, most: 2 })
  expect([nameOf('a'), nameOf('b'), nameOf('c'), nameOf('c')]).toEqual(['unit_1', 'unit_2', '', ''])
  expect(nameOf('b')).toBe('unit_2')
})

test('texts that never come back are not counted for ever', () => {
  const nameOf = createStatementNames({ often: 2, counted: 3 })
  nameOf('asked twice')
  for (let n = 0; n < 3; n += 1) nameOf(`select ${n}`)
  expect(nameOf('asked twice')).toBe('')
  expect(nameOf('asked twice')).toBe('unit_1')
})
