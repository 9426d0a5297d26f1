import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Unit } from '../types.ts'
import {
  everythingOf, insertSql, sampleRow, seedEveryTable, tenantForeignKeys, tenantTables, type ForeignKey, type Row, type TenantTable,
} from './tenant-rows.testkit.ts'

let db: TestDatabase
let admin: pg.Client
let a: TestOrg
let b: TestOrg
let tables: TenantTable[]
let keys: ForeignKey[]
const asA = (): Unit => ({ kind: 'tenant', orgId: a.org.id, userId: a.owner.userId })

/** Rows touched or returned; -1 when the database refused (missing right or policy, 42501). Any other error is a fault of the test. */
async function attempt(sql: string, values: unknown[] = []): Promise<number> {
  try {
    return await db.database.run(asA(), (tx) => tx.$executeRawUnsafe(sql, ...values))
  } catch (error) {
    if (/42501|permission denied|row-level security|append-only/.test(String(error))) return -1
    throw error
  }
}
async function count(sql: string, values: unknown[]): Promise<number> {
  try {
    const rows = await db.database.run(asA(), (tx) => tx.$queryRawUnsafe<{ n: number }[]>(sql, ...values))
    return rows[0]?.n ?? 0
  } catch (error) {
    if (/42501|permission denied/.test(String(error))) return -1
    throw error
  }
}

beforeAll(async () => {
  db = await testDatabase()
  admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  ;[a, b] = [await createTestOrg(db.database, 'A'), await createTestOrg(db.database, 'B')]
  tables = await tenantTables(admin)
  keys = await tenantForeignKeys(admin)
  await seedEveryTable(admin, tables, a.org.id)
  await seedEveryTable(admin, tables, b.org.id)
})
afterAll(async () => {
  await admin.end()
  await db.close()
})

test('there are tenant tables with rows of both organizations', async () => {
  expect(tables.length).toBeGreaterThanOrEqual(13)
  const ofB = await everythingOf(admin, tables, b.org.id)
  expect(Object.entries(ofB).filter(([, rows]) => rows.length === 0)).toEqual([])
})

describe('a unit of organization A', () => {
  test('reads no row of B in any tenant table, and its own where it may read', async () => {
    const seen: Record<string, [number, number]> = {}
    for (const { name } of tables) {
      const foreign = await count(`select count(*)::int as n from ${name} where org_id <> $1::uuid`, [a.org.id])
      seen[name] = [Math.max(0, foreign), await count(`select count(*)::int as n from ${name} where org_id = $1::uuid`, [a.org.id])]
    }
    expect(Object.entries(seen).filter(([, [foreign]]) => foreign > 0)).toEqual([])
    expect(seen['document']).toEqual([0, 1])
    expect(Object.values(seen).filter(([, own]) => own === 0)).toEqual([])
  })

  test('changes, deletes, takes and gives no row of B in any tenant table', async () => {
    const before = await everythingOf(admin, tables, b.org.id)
    const touched: string[] = []
    for (const table of tables) {
      const row = insertSql(table, sampleRow(table, { org_id: b.org.id }))
      const tries = [
        [`insert as B into ${table.name}`, await attempt(row.sql, row.values)],
        [`update B in ${table.name}`, await attempt(`update ${table.name} set org_id = org_id where org_id = $1::uuid`, [b.org.id])],
        [`take from B in ${table.name}`, await attempt(`update ${table.name} set org_id = $1::uuid where org_id = $2::uuid`, [a.org.id, b.org.id])],
        [`delete B in ${table.name}`, await attempt(`delete from ${table.name} where org_id = $1::uuid`, [b.org.id])],
      ] as const
      touched.push(...tries.filter(([, rows]) => rows > 0).map(([what]) => what))
    }
    expect(touched).toEqual([])
    expect(await everythingOf(admin, tables, b.org.id)).toEqual(before)
  })

  test('hands none of its own rows over to B', async () => {
    const before = await everythingOf(admin, tables, b.org.id)
    for (const { name } of tables) expect([name, await attempt(`update ${name} set org_id = $1::uuid`, [b.org.id])]).toEqual([name, -1])
    expect(await everythingOf(admin, tables, b.org.id)).toEqual(before)
  })

  test('cannot name a parent of B in a row of its own', async () => {
    expect(keys.length).toBeGreaterThanOrEqual(10)
    const accepted: string[] = []
    for (const key of keys) {
      const child = tables.find((table) => table.name === key.child)
      if (!child) throw new Error(`no tenant table ${key.child}`)
      const columns = key.keys.map((name) => `${name}::text`).join(', ')
      const { rows } = await admin.query<Row>(`select ${columns} from ${key.parent} where org_id = $1 limit 1`, [b.org.id])
      const foreign = Object.fromEntries(key.columns.map((column, index) => [column, rows[0]?.[key.keys[index] ?? '']]))
      const { sql, values } = insertSql(child, sampleRow(child, { ...foreign, org_id: a.org.id }))
      const outcome = await attempt(sql, values)
        .catch((error: unknown) => (/23503|[Ff]oreign key/.test(String(error)) ? 'no such parent' : String(error)))
      if (outcome !== -1 && outcome !== 'no such parent') accepted.push(`${key.name}: ${outcome}`)
    }
    expect(accepted).toEqual([])
  })
})

test('identity and system units see no content', async () => {
  for (const kind of ['identity', 'system'] as const) {
    for (const table of ['page', 'document', 'audit', 'usage_entry', 'folder']) {
      await expect(db.database.run({ kind }, (tx) => tx.$queryRawUnsafe(`select * from ${table}`))).rejects.toThrow(/permission denied/)
    }
  }
  await expect(db.database.run({ kind: 'system' }, (tx) => tx.$queryRaw`select file_name from document_version`)).rejects.toThrow(/permission denied/)
  await expect(db.database.run({ kind: 'system' }, (tx) => tx.user.findMany())).rejects.toThrow(/permission denied/)
})
