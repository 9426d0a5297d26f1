import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { beginSql } from './unit.ts'

const tenant = { kind: 'tenant', orgId: randomUUID(), userId: randomUUID() } as const

test('only a lazy unit does not wait for the disk, and for as long as it lasts', () => {
  const [waits, lazy] = [beginSql(tenant), beginSql({ ...tenant, lazy: true })]
  expect(waits).not.toContain('synchronous_commit')
  expect(lazy).toContain(`set_config('synchronous_commit','off',true)`)
  expect(lazy.replace(`set_config('synchronous_commit','off',true),`, '')).toBe(waits)
})
