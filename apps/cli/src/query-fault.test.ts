import { expect, test } from 'vitest'
import { IntelliDocsError } from '@intellidocs/client'
import { describeFailure } from './failure.ts'
import { pointer, pointingAt } from './query-fault.ts'

test.each([
  ['a type:foo b', { start: 7, end: 10 }, ['a type:foo b', '       ^^^']],
  ['京都 tag:§', { start: 7, end: 8 }, ['京都 tag:§', '         ^']],
  [`${'x'.repeat(60)} "y ${'z'.repeat(60)}`, { start: 61, end: 62 }, [`… ${'x'.repeat(39)} "y ${'z'.repeat(28)} …`, `${' '.repeat(42)}^`]],
])('%s', (query, fault, lines) => {
  expect(pointer(query, fault)).toEqual(lines)
})

test('what is wrong stands below the query; a program gets the place as data', async () => {
  const details = { reason: 'type_unknown', start: 5, end: 8, message: 'There is no such type.' }
  const error = new IntelliDocsError('The query cannot be read.', { code: 'BAD_REQUEST', appCode: 'search.query_invalid', details })
  const notes: string[] = []
  const out = (json: boolean) => ({ out: { json, note: (line: string) => { notes.push(line) } } }) as never
  await expect(pointingAt(out(false), 'type:foo', () => Promise.reject(error))).rejects.toBe(error)
  await expect(pointingAt(out(true), 'type:foo', () => Promise.reject(error))).rejects.toBe(error)
  expect(notes).toEqual(['type:foo', '     ^^^'])
  expect(describeFailure(error)).toMatchObject({ exitCode: 1, message: 'There is no such type.', error: { code: 'search.query_invalid', details } })
})
