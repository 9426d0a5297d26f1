import { expect, test } from 'vitest'
import { MigrationError, nextMigration } from './migrate.ts'

const all = ['1_a', '2_b', '3_c'].map((name) => ({ name, sql: '', checksum: `sum-${name}` }))
const row = (name: string, change: object = {}) => ({ migration_name: name, checksum: `sum-${name}`, finished: true, ...change })

test('the first missing migration comes next, and none when all are there', () => {
  expect(nextMigration(all, [])?.name).toBe('1_a')
  expect(nextMigration(all, [row('1_a'), row('2_b')])?.name).toBe('3_c')
  expect(nextMigration(all, all.map(({ name }) => row(name)))).toBeUndefined()
})

test.each([
  ['was edited', [row('1_a', { checksum: 'other' })], /1_a was edited/],
  ['is unknown to this release', [row('9_z')], /9_z, which this release does not know/],
  ['was never finished', [row('1_a', { finished: false })], /1_a was begun by another tool/],
  ['would come late', [row('2_b')], /1_a comes before 2_b/],
])('a history in which a migration %s is refused', (_what, history, message) => {
  expect(() => nextMigration(all, history)).toThrow(MigrationError)
  expect(() => nextMigration(all, history)).toThrow(message)
})
