import { randomUUID } from 'node:crypto'
import type pg from 'pg'

export type Column = { readonly name: string; readonly type: string; readonly needed: boolean }
export type TenantTable = { readonly name: string; readonly columns: readonly Column[] }
export type ForeignKey = {
  readonly name: string
  readonly child: string
  readonly parent: string
  readonly columns: readonly string[]
  readonly keys: readonly string[]
}
type Value = string | number | boolean | Date | null | undefined
export type Row = Readonly<Record<string, Value>>

/** Every table that carries a tenant, whoever wrote its migration. */
export async function tenantTables(admin: pg.Client): Promise<TenantTable[]> {
  const { rows } = await admin.query<{ name: string; columns: Column[] }>(`
    select c.relname as name, jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'needed', a.attnotnull and not a.atthasdef and a.attidentity = '') order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = 'public' and c.relkind = 'r' group by c.relname having bool_or(a.attname = 'org_id') order by c.relname`)
  return rows
}

/** Foreign keys between tenant tables. */
export async function tenantForeignKeys(admin: pg.Client): Promise<ForeignKey[]> {
  const names = (table: string, numbers: string): string => `(select array_agg(a.attname::text order by o)
    from unnest(${numbers}) with ordinality u(n, o) join pg_attribute a on a.attrelid = ${table} and a.attnum = n)`
  const { rows } = await admin.query<ForeignKey>(`
    select k.conname as name, k.conrelid::regclass::text as child, k.confrelid::regclass::text as parent,
      ${names('k.conrelid', 'k.conkey')} as columns, ${names('k.confrelid', 'k.confkey')} as keys
    from pg_constraint k where k.contype = 'f' order by 1`)
  return rows.filter((key) => key.columns.includes('org_id') && key.keys.includes('org_id'))
}

/** Where a CHECK allows only some values, or wants one of several columns. A new check in a migration makes the seeding fail and asks for a line here. */
const ALLOWED: Readonly<Record<string, Value>> = {
  'membership.role': 'viewer', 'invitation.role': 'viewer', 'document_version.sha256': 'a'.repeat(64), 'page.source': 'text', 'passage_vector.dimensions': 384,
  'flow_step.content_sha256': 'a'.repeat(64), 'flow_task.content_sha256': 'a'.repeat(64), 'flow_task.why': 'asked', 'flow_effect.state': 'done',
  'flow_decision.content_sha256': 'a'.repeat(64), 'flow_decision.verdict': 'approve', 'flow_decision.actor_kind': 'user',
  'delegation.starts_at': new Date('2026-01-01T00:00:00Z'), 'delegation.ends_at': new Date('2026-02-01T00:00:00Z'),
  // One that stands would keep all that its organization has.
  'retention_hold.kind': 'all', 'retention_hold.released_at': new Date('2026-01-01T00:00:00Z'), 'retention_hold.released_by': randomUUID(), 'retention_hold.release_reason': 'over',
  'retention_rule.kind': 'all', 'retention_rule.since': 'created', 'retention_rule.keep_days': 1,
  'share.document_id': randomUUID(), 'share_policy.links': 'allowed', 'upload_file.sha256': 'a'.repeat(64),
  'support_access.granted_at': new Date('2026-01-01T00:00:00Z'), 'support_access.ends_at': new Date('2026-01-02T00:00:00Z'),
  'notification.mail': 'digest', 'notification_preference.mail': 'digest', 'notification_rhythm.digest': 'daily',
  'search_view.mode': 'hybrid', 'search_view.sort': 'newest', 'reindexing.stage': 'documents',
  'access_grant.principal': `org:${randomUUID()}`, 'access_grant.level': 'view', 'access_grant.document_id': randomUUID(),
}

/** What a CHECK wants of other columns where this one is given. */
const WITH: Readonly<Record<string, Row>> = {
  'access_grant.folder_id': { document_id: null }, 'share.folder_id': { document_id: null }, 'membership.role_id': { role: 'custom' }, 'invitation.role_id': { role: 'custom' },
}

let number = 1_000_000

function sample(type: string): Value {
  if (type === 'uuid') return randomUUID()
  if (type === 'text') return `t-${randomUUID()}`
  if (type === 'jsonb') return '{}'
  if (type === 'boolean') return true
  if (type === 'date' || type.startsWith('timestamp')) return new Date()
  if (type === 'tsvector') return ''
  if (type.endsWith('[]')) return '{}'
  if (type === 'bigint') return ++number
  return 1
}

/** A row of made-up values for the columns that must be given. */
export function sampleRow(table: TenantTable, given: Row): Row {
  const needed = table.columns.filter((column) => column.needed || `${table.name}.${column.name}` in ALLOWED)
  const made = needed.map((column) => [column.name, ALLOWED[`${table.name}.${column.name}`] ?? sample(column.type)])
  const along = Object.keys(given).map((name) => WITH[`${table.name}.${name}`] ?? {})
  return Object.assign(Object.fromEntries(made), ...along, given)
}

export function insertSql(table: TenantTable, row: Row): { sql: string; values: unknown[] } {
  const names = Object.keys(row)
  const types = new Map(table.columns.map((column) => [column.name, column.type]))
  const places = names.map((name, index) => `$${index + 1}::text::${types.get(name)}`)
  const values = Object.values(row).map((value) => (value instanceof Date ? value.toISOString() : value?.toString() ?? null))
  return { sql: `insert into ${table.name} (${names.join(', ')}) values (${places.join(', ')})`, values }
}

/** One row in every tenant table, past all keys and triggers; the superuser's. */
export async function seedEveryTable(admin: pg.Client, tables: readonly TenantTable[], orgId: string): Promise<void> {
  await admin.query('begin')
  await admin.query('set local session_replication_role = replica')
  for (const table of tables) {
    const { sql, values } = insertSql(table, sampleRow(table, { org_id: orgId }))
    await admin.query(sql, values)
  }
  await admin.query('commit')
}

/** Everything that an organization has, as text; equal before and after means that nothing was touched. */
export async function everythingOf(admin: pg.Client, tables: readonly TenantTable[], orgId: string): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {}
  for (const { name } of tables) {
    const { rows } = await admin.query<{ line: string }>(`select t::text as line from ${name} t where org_id = $1 order by 1`, [orgId])
    all[name] = rows.map((row) => row.line)
  }
  return all
}
