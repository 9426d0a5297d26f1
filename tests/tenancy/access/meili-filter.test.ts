import type { OrgId } from '@intellidocs/contracts'
import { expect, test } from 'vitest'
import { evaluator } from './meili-evaluator.ts'
import { meiliDocuments, meiliFilter, meiliOrg } from '../../../packages/domain/src/modules/search/meili-filter.ts'

const orgId = '01890000-0000-7000-8000-000000000001' as OrgId

test('a filter names the organization and every principal', () => {
  expect(meiliFilter({ orgId, principals: ['user:a', 'group:b'] })).toEqual([`org = "${orgId}"`, 'readers IN ["user:a","group:b"]'])
})

test('what would match everything is refused, and so is what would keep the server busy', () => {
  expect(() => meiliFilter({ orgId, principals: [] })).toThrow(RangeError)
  expect(() => meiliFilter({ orgId: '' as OrgId, principals: ['user:a'] })).toThrow(RangeError)
  expect(() => meiliDocuments(orgId, [])).toThrow(RangeError)
  expect(() => meiliDocuments('' as OrgId, ['a'])).toThrow(RangeError)
  expect(() => meiliOrg('' as OrgId)).toThrow(RangeError)
  expect(() => meiliFilter({ orgId, principals: Array.from({ length: 1_001 }, (_, n) => `group:${n}`) })).toThrow(RangeError)
})

test('a principal is data, whatever it holds', () => {
  const odd = 'user:"] OR org != "" OR readers IN ["\\'
  const matches = evaluator(meiliFilter({ orgId, principals: [odd] }).join(' AND '))
  expect([matches({ org: orgId, readers: [odd] }), matches({ org: orgId, readers: ['user:a'] }), matches({ org: 'other', readers: [odd] })]).toEqual([true, false, false])
})

test('the evaluator of the tests reads the grammar as Meilisearch does', () => {
  const entry = { org: 'o', readers: ['a', 'b'] }
  const met = (filter: string): boolean => evaluator(filter)(entry)
  expect(['', 'org = "o"', 'org != "o"', 'readers IN ["x", "b"]', 'readers IN []', 'NOT readers = a', 'org = "x" OR readers = "a" AND org = "o"',
    '(org = "x" OR readers = "a") AND org = "x"'].map(met)).toEqual([true, true, false, true, false, false, true, false])
  for (const broken of ['org =', 'org = "o" AND', '(org = "o"', 'org "o"', 'org = "o" extra = "x" )']) expect(() => evaluator(broken)).toThrow(SyntaxError)
})
