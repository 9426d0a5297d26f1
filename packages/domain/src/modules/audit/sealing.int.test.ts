import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog, createUnitOfWork, systemClock, type RunInTx } from '@intellidocs/kernel'
import { unlimitedQuota, type TestOrg } from '@intellidocs/testing'
import { createAuditModule } from './index.ts'
import { openAuditHouse, SECRET_KEY, verifyAll, type AuditHouse } from './test-audit.ts'

let house: AuditHouse
beforeAll(async () => { house = await openAuditHouse() })
afterAll(() => house.close())

type Numbered = { seq: number; id: string }
/** Every sealed row of an organization in the order of its number. */
async function sealedRows(org: TestOrg): Promise<Numbered[]> {
  const { rows } = await house.admin.query<Numbered>(`
    select (s.first_seq + x.at - 1)::float8 as seq, x.id::text as id from audit_seal s, unnest(s.row_ids) with ordinality x(id, at)
    where s.org_id = $1 order by 1`, [org.org.id])
  return rows
}
const allRows = async (org: TestOrg): Promise<string[]> =>
  (await house.admin.query<{ id: string }>('select id::text as id from audit where org_id = $1 order by xid, id', [org.org.id])).rows.map(({ id }) => id)

test('a row gets its number when it is sealed, and the list says who did what to what from where', async () => {
  const org = await house.newOrg()
  const actor = { ...org.editor, source: { sessionId: '11111111-1111-4111-8111-111111111111', keyId: null, address: '203.0.113.7' } } as typeof org.editor
  await house.write(2, actor)
  const before = await house.audit.list(org.owner, { limit: 10 })
  expect(before.items.map((row) => row.seq)).toEqual([null, null])
  await house.seal()
  const { items } = await house.audit.list(org.owner, { limit: 10 })
  expect(items.map((row) => row.seq)).toEqual([2, 1])
  expect(items[0]).toMatchObject({
    actor: { id: actor.userId, kind: 'user', sessionId: '11111111-1111-4111-8111-111111111111', keyId: null, address: '203.0.113.7' },
    action: 'documents.folder-created.v1', subject: { type: 'folder' }, data: { name: 'n 1' }, requestId: actor.requestId,
  })
})

test('the list gives each row once over pages of any size, newest first, and each filter what fits it', async () => {
  const org = await house.newOrg()
  await house.write(5, org.editor)
  await house.write(2, org.admin)
  await house.seal()
  const seen: (number | null)[] = []
  for (let cursor: string | undefined; ;) {
    const page = await house.audit.list(org.owner, { limit: 3, cursor })
    seen.push(...page.items.map((row) => row.seq))
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1])
  const all = await house.audit.list(org.owner, { limit: 50 })
  const subject = all.items[2]?.subject.id ?? ''
  const count = async (filter: object) => (await house.audit.list(org.owner, { limit: 50, ...filter })).items.length
  expect(await count({ actorId: org.admin.userId })).toBe(2)
  expect(await count({ action: 'documents.folder-' })).toBe(7)
  expect(await count({ action: 'documents_folder' })).toBe(0)
  expect(await count({ subjectType: 'folder', subjectId: subject })).toBe(1)
  expect(await count({ from: new Date(Date.now() + 60_000).toISOString() })).toBe(0)
  expect(await count({ to: new Date(Date.now() + 60_000).toISOString() })).toBe(7)
  await expect(house.audit.list(org.owner, { limit: 3, cursor: 'bm8' })).rejects.toMatchObject({ code: 'input.cursor' })
})

test('with writers at once that wait and turn back, every committed row is sealed exactly once and in order, by two sealers', async () => {
  const orgs = [await house.newOrg(), await house.newOrg()] as const
  let writing = true
  const sealers = [house.process(), house.process()].map(async (audit) => {
    while (writing) await audit.seal()
  })
  await Promise.all(Array.from({ length: 8 }, async (_, writer) => {
    const org = orgs[writer % 2 === 0 ? 0 : 1]
    for (let n = 0; n < 12; n += 1) {
      const turnsBack = n % 5 === 4
      await house.runInTx(org.editor, async (tx) => {
        await tx.$executeRaw`insert into audit (org_id, actor_id, actor_kind, action, subject_type, data)
          values (${org.org.id}::uuid, ${org.editor.userId}::uuid, 'user', 'test.written', 'test', ${JSON.stringify({ writer, n })}::jsonb)`
        await delay((writer * 7 + n * 3) % 11)
        if (turnsBack) throw new Error('turned back')
      }).catch((error: unknown) => { if (!turnsBack) throw error })
    }
  }))
  writing = false
  await Promise.all(sealers)
  await house.seal(house.process())
  for (const org of orgs) {
    const sealed = await sealedRows(org)
    const written = await allRows(org)
    expect(written.length).toBe(4 * 10)
    expect(sealed.map(({ id }) => id)).toEqual(written)
    expect(sealed.map(({ seq }) => seq)).toEqual(written.map((_, at) => at + 1))
    expect(await verifyAll(house.audit, org.owner)).toMatchObject({ ok: true, checked: 40, total: 40, unsealed: 0, broken: null })
  }
}, 120_000)

test('an organization whose sealing takes long holds up no other', async () => {
  const [first, second] = [await house.newOrg(), await house.newOrg()].toSorted((a, b) => (a.org.id < b.org.id ? -1 : 1))
  if (first === undefined || second === undefined) throw new Error('no organizations')
  await house.seal()
  for (const { editor } of [first, second]) await house.write(1, editor)
  const passed = Promise.withResolvers<void>()
  const log = createLog({ level: 'silent', name: 'test' })
  const runInTx: RunInTx = async (actor, work, options) => {
    if (actor.orgId === first.org.id) await passed.promise
    const result = await house.runInTx(actor, work, options)
    if (actor.orgId === second.org.id) passed.resolve()
    return result
  }
  const { runAsSystem } = createUnitOfWork({ database: house.db.database, clock: systemClock, onCommit: () => undefined })
  const slow = createAuditModule({ runInTx, runAsSystem, clock: systemClock, log, quota: unlimitedQuota, secretKey: SECRET_KEY })
  await house.seal(slow)
  for (const org of [first, second]) expect(await sealedRows(org)).toHaveLength(1)
})

test('a row of a transaction that is still open is not sealed, and neither is one behind it', async () => {
  const org = await house.newOrg()
  await house.write(1, org.editor)
  await house.seal()
  if (house.db.kind === 'native') {
    const [opened, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const slow = house.runInTx(org.editor, async (tx) => {
      await tx.$executeRaw`insert into audit (org_id, actor_id, actor_kind, action, subject_type, data)
        values (${org.org.id}::uuid, ${org.editor.userId}::uuid, 'user', 'test.slow', 'test', '{}'::jsonb)`
      opened.resolve()
      await release.promise
    })
    await opened.promise
    await house.write(1, org.editor)
    await house.audit.seal()
    expect(await sealedRows(org)).toHaveLength(1)
    release.resolve()
    await slow
  } else await house.write(2, org.editor)
  await house.seal()
  expect((await sealedRows(org)).map(({ id }) => id)).toEqual(await allRows(org))
  expect(await allRows(org)).toHaveLength(3)
  expect(await house.audit.lag()).toBe(0)
})

test('what a process left behind is found by the first look of the next one, and until then the lag says so', async () => {
  const org = await house.newOrg()
  const other = house.process()
  await house.seal(other)
  await house.write(3, org.editor)
  expect(await house.audit.lag()).toBeGreaterThan(0)
  await house.seal(house.process())
  expect(await sealedRows(org)).toHaveLength(3)
  expect(await house.audit.lag()).toBe(0)
})

test('more rows than one seal holds are sealed in several, each behind the other', async () => {
  const org = await house.newOrg()
  await house.tamper(`insert into audit (org_id, actor_id, actor_kind, action, subject_type, data)
    select $1, $2, 'user', 'test.many', 'test', jsonb_build_object('n', n) from generate_series(1, 2500) n`, [org.org.id, org.editor.userId])
  await house.seal()
  const { rows } = await house.admin.query<{ number: number; count: number }>(
    'select number::int as number, row_count as count from audit_seal where org_id = $1 order by 1', [org.org.id])
  expect(rows).toEqual([{ number: 1, count: 1000 }, { number: 2, count: 1000 }, { number: 3, count: 500 }])
  expect(await verifyAll(house.audit, org.owner)).toMatchObject({ ok: true, checked: 2500 })
})

test('no role of the product changes or removes a row, a seal or a checkpoint, and none empties the tables', async () => {
  await house.write(1)
  await house.seal()
  await house.audit.checkpoint(house.org.owner)
  const tables = ['audit', 'audit_seal', 'audit_checkpoint']
  const everything = async () => Promise.all(tables.map(async (table) =>
    (await house.admin.query<{ line: string }>(`select t::text as line from ${table} t order by 1`)).rows))
  const before = await everything()
  // What a connection of the product may become.
  const { rows: roles } = await house.admin.query<{ name: string }>(
    "select rolname as name from pg_roles where not rolsuper and pg_has_role('app_login', oid, 'member')")
  expect(roles.map(({ name }) => name)).toEqual(expect.arrayContaining(['app', 'app_identity', 'app_login', 'app_system']))
  const { rows: rights } = await house.admin.query<{ role: string; object: string }>(`
    select r.rolname as role, c.relname as object from pg_roles r cross join pg_class c
    where r.rolname = any ($2::text[]) and c.oid = any ($1::text[]::regclass[])
      and (has_table_privilege(r.oid, c.oid, 'update, delete, truncate') or has_any_column_privilege(r.oid, c.oid, 'update'))`, [tables, roles.map(({ name }) => name)])
  expect(rights).toEqual([])
  for (const table of tables) {
    for (const sql of [`update ${table} set org_id = org_id`, `delete from ${table}`, `truncate ${table} cascade`]) {
      // The superuser's own attempt is stopped by the trigger; the product's by its rights.
      await expect(house.admin.query(sql), sql).rejects.toThrow(/append-only/)
      await expect(house.runInTx(house.org.owner, (tx) => tx.$executeRawUnsafe(sql)), sql).rejects.toThrow(/permission denied|append-only/)
    }
  }
  expect(await everything()).toEqual(before)
})

test('what deletes the history of an organization that ends deletes nothing of one that lives', async () => {
  await house.write(1)
  const rows = await allRows(house.org)
  for (const table of ['audit', 'audit_seal', 'audit_checkpoint']) {
    const gone = await house.runInTx(house.org.owner, (tx) => tx.$queryRaw<{ n: number }[]>`select app.purge_rows(${table}, 1000) as n`)
    expect(gone).toEqual([{ n: 0 }])
  }
  expect(await allRows(house.org)).toEqual(rows)
})
