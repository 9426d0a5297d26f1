import type pg from 'pg'

const OURS = `not (select rolsuper from pg_roles where rolname = current_user) and (rolname = 'app' or rolname like 'app\\_%') and rolname <> 'app_login'
  and pg_has_role(current_user, oid, 'member with admin option')`
const granting = (inherit: boolean): string => `do $$ declare v_role name; begin
    for v_role in select rolname from pg_roles where ${OURS} loop
      execute format('grant %I to current_user with set true, inherit ${inherit}', v_role);
    end loop;
  end $$`

/**
 * What the login of the migrations needs besides owning the database, where it is no superuser: the administrator of a managed server. Postgres 16 and
 * later give the maker of a role the right to grant it and no more, and our migrations hand functions over to roles of ours and go on changing
 * them. So roles that are made from now on are granted to their maker, and those that this login may grant already are granted to it.
 */
export const BECOME_OUR_ROLES = `set createrole_self_grant = 'set, inherit'; ${granting(true)}`

/** Afterwards: what is read as the owner, as the view of the members is, must not be read with the wider policies of these roles. */
export const BE_OURSELVES = granting(false)

const BOUND = `select c.oid::regclass::text as name from pg_class c where c.relkind in ('r', 'p') and c.relforcerowsecurity
  and c.relowner = current_user::regrole and not (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) order by c.oid`
const forcing = (tables: readonly string[], verb: 'force' | 'no force'): string =>
  tables.map((name) => `alter table ${name} ${verb} row level security;`).join('\n')

/**
 * Runs `work` with every row before it. Forced row-level security binds the owner of the tables too: a migration that changes rows would find none,
 * and a login that is no superuser cannot pass by it in another way. Within the transaction that is open; a superuser is not bound, and locks nothing.
 */
export async function seeingAllRows(client: pg.Client, work: () => Promise<void>): Promise<void> {
  const tables = (await client.query<{ name: string }>(BOUND)).rows.map(({ name }) => name)
  if (tables.length === 0) return work()
  await client.query(forcing(tables, 'no force'))
  await work()
  const { rows } = await client.query<{ name: string }>(
    "select c.oid::regclass::text as name from pg_class c where c.relkind in ('r', 'p') and c.oid = any (select to_regclass(t) from unnest($1::text[]) t)", [tables])
  // A foreign key that is checked at the commit is a reason for Postgres to refuse the change of a table.
  await client.query(`set constraints all immediate; ${forcing(rows.map(({ name }) => name), 'force')}`)
}
