import type pg from 'pg'

/** Tables of organizations, by the catalog: a new one is among them. */
async function tenantTables(admin: pg.Client): Promise<string[]> {
  const { rows } = await admin.query<{ name: string }>(`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
    where n.nspname = 'public' and c.relkind = 'r' order by 1`)
  return rows.map(({ name }) => name)
}

/** Everything that an organization has, as the number of rows and the sum of their hashes for each table, which needs no order; when a key was last used is noted by refused calls, too, and they count as calls, some seconds later. */
export async function fingerprints(admin: pg.Client): Promise<(orgId: string) => Promise<Record<string, string>>> {
  const tables = await tenantTables(admin)
  const each = tables.map((name) => `select '${name}' as name, count(*) || ' ' || sum(hashtextextended(line, 0)) as hash
    from (select (to_jsonb(t) - 'last_used_at')::text as line from ${name} t where t.org_id = $1${name === 'usage_entry' ? ` and t.key not like 'api-calls:%'` : ''}) x`)
  return async (orgId) => {
    const { rows } = await admin.query<{ name: string; hash: string | null }>(each.join(' union all '), [orgId])
    return Object.fromEntries(rows.map(({ name, hash }) => [name, hash ?? 'nothing']))
  }
}

/** Row-level security as if it had been forgotten, on every table that has it. Answers on how many tables. */
export async function withoutRowLevelSecurity(admin: pg.Client, run: () => Promise<void>): Promise<number> {
  const { rows } = await admin.query<{ name: string }>(`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' and c.relforcerowsecurity`)
  for (const { name } of rows) await admin.query(`alter table ${name} disable row level security`)
  try {
    await run()
  } finally {
    for (const { name } of rows) await admin.query(`alter table ${name} enable row level security`)
  }
  return rows.length
}
