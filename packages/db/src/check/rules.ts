import type pg from 'pg'

export type Problem = { readonly rule: string; readonly object: string }

/** Tables of `public`, with what the rules ask about them. `org` is a tenant table whose own key is the tenant. */
const TABLES = `t as (
  select c.oid, c.relname, c.relrowsecurity and c.relforcerowsecurity as forced,
    c.relname = 'org' or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped) as tenant,
    has_table_privilege('app', c.oid, 'select, insert, update, delete')
      or has_any_column_privilege('app', c.oid, 'select, insert, update') as granted
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname <> '_prisma_migrations')`

/** Views that read as their owner on purpose, looked at by a person: they must name the tenant themselves. */
const REVIEWED_VIEWS = `'member'`

/** One query a rule; a row is a violation. What Prisma's engine does not see is here. */
const rules: readonly { readonly rule: string; readonly sql: string }[] = [
  { rule: 'tenant-table-without-forced-rls', sql: `with ${TABLES} select relname as object from t where tenant and not forced` },
  {
    rule: 'tenant-table-without-policy',
    sql: `with ${TABLES} select relname as object from t where tenant and not exists (
      select from pg_policy p
      where p.polrelid = t.oid and 'app'::regrole = any (p.polroles) and pg_get_expr(p.polqual, p.polrelid) like '%app.org_id()%')`,
  },
  {
    rule: 'policy-wider-than-the-tenant',
    sql: `select c.relname || '.' || p.polname as object from pg_policy p join pg_class c on c.oid = p.polrelid
      where ('app'::regrole = any (p.polroles) or 0::oid = any (p.polroles)) and p.polpermissive
        and (coalesce(pg_get_expr(p.polqual, p.polrelid), 'app.org_id()') not like '%app.org_id()%'
          or coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'app.org_id()') not like '%app.org_id()%')`,
  },
  { rule: 'table-without-tenant-open-to-app', sql: `with ${TABLES} select relname as object from t where granted and not tenant` },
  {
    rule: 'foreign-key-without-tenant',
    sql: `with ${TABLES} select k.conname as object from pg_constraint k
      join t child on child.oid = k.conrelid join t parent on parent.oid = k.confrelid
      where k.contype = 'f' and child.tenant and parent.tenant and not exists (
        select from pg_attribute a where a.attrelid = k.conrelid and a.attname = 'org_id' and a.attnum = any (k.conkey))`,
  },
  {
    rule: 'role-is-privileged',
    sql: `select rolname as object from pg_roles where (rolname = 'app' or rolname like 'app\\_%') and rolname <> 'app_login'
        and (rolsuper or rolbypassrls or rolcanlogin or rolcreaterole)
      union all select rolname from pg_roles where rolname = 'app_login' and (rolsuper or rolbypassrls or rolcreaterole or rolinherit)`,
  },
  {
    rule: 'login-role-has-rights',
    sql: `select c.relname as object from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) x
      where n.nspname in ('public', 'app') and x.grantee in (0, 'app_login'::regrole)
      union all select c.relname from pg_class c where c.relowner = 'app_login'::regrole`,
  },
  {
    rule: 'view-reads-as-its-owner',
    sql: `select c.relname as object from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'app') and c.relkind in ('v', 'm') and not coalesce('security_invoker=true' = any (c.reloptions), false)
        and not (c.relname in (${REVIEWED_VIEWS}) and pg_get_viewdef(c.oid) like '%app.org_id()%' and 'security_barrier=true' = any (c.reloptions))`,
  },
  {
    rule: 'definer-function-without-search-path',
    sql: `select p.proname as object from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname in ('public', 'app') and p.prosecdef and not exists (select from unnest(p.proconfig) s where s like 'search_path=%')`,
  },
]

/** The rules without which organizations are not apart: asked of the live database before it is served. */
const walls: ReadonlySet<string> = new Set([
  'tenant-table-without-forced-rls', 'tenant-table-without-policy', 'policy-wider-than-the-tenant', 'role-is-privileged',
])

export const brokenWalls = (client: Pick<pg.Pool, 'query'>): Promise<Problem[]> => findBroken(client, rules.filter(({ rule }) => walls.has(rule)))

export const brokenRules = (client: Pick<pg.Pool, 'query'>): Promise<Problem[]> => findBroken(client, rules)

async function findBroken(client: Pick<pg.Pool, 'query'>, asked: typeof rules): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const { rule, sql } of asked) {
    const { rows } = await client.query<{ object: string }>(sql)
    problems.push(...rows.map((row) => ({ rule, object: row.object })))
  }
  return problems
}
