-- An organization that is being deleted is closed to everybody, and gone for good from `purge_at` on. Until then its owners may take the deletion back.
-- `purge_counts`: what there was of each kind when the purge began, told in the end by the audit of the installation.
alter table org drop constraint org_status_check;
alter table org add constraint org_status_check check (status in ('active', 'suspended', 'deleting')),
  add column purge_at timestamptz, add column purge_counts jsonb,
  add constraint org_purge_at_check check ((status = 'deleting') = (purge_at is not null));

-- The worker starts what a lost Temporal server forgot, and the last step of a purge is the organization's own row. Nobody else deletes one.
create policy system_deleting on org for select to app_system using (status = 'deleting');
grant select (id, status, purge_at) on org to app_system;
create policy purge_only on org as restrictive for delete to app_identity using (status = 'deleting' and purge_at <= now());
grant delete on org to app_identity;

-- Owns what deletes the rows of an organization that ends, history included, and nothing else. Its policies show it no row but those of the
-- organization that is set, and only when that one's time has come.
do $$ begin
  if not exists (select from pg_roles where rolname = 'app_purge') then create role app_purge nologin; end if;
end $$;
grant usage on schema public, app to app_purge;
create policy purge on org for select to app_purge using (id = (select app.org_id()) and status = 'deleting' and purge_at <= now());
grant select on org to app_purge;

/* The organization that is set, if it is one whose rows may go; else null. */
create function app.purging_org() returns uuid language sql stable as $$
  select id from public.org where id = app.org_id() and status = 'deleting' and purge_at <= now()
$$;

create or replace function app.make_tenant_table(t regclass) returns void language plpgsql as $$ begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy tenant on %s to app using (org_id = (select app.org_id())) with check (org_id = (select app.org_id()))', t);
  -- What an organization has goes with it.
  execute format('create policy purge on %s to app_purge using (org_id = (select app.purging_org()))', t);
  execute format('grant select, delete on %s to app_purge', t);
end $$;
do $$ declare t regclass; begin
  for t in select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' and exists (
      select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped) loop
    execute format('create policy purge on %s to app_purge using (org_id = (select app.purging_org()))', t);
    execute format('grant select, delete on %s to app_purge', t);
  end loop;
end $$;

/* What is append-only stays so for everybody but the purge of a whole organization, which the policies of its role narrow. */
create or replace function app.no_change() returns trigger language plpgsql as $$ begin
  if tg_op = 'DELETE' and current_user = 'app_purge' then return null; end if;
  raise exception '% is append-only', tg_table_name using errcode = '42501';
end $$;

/* The tables that carry a tenant, from the catalog: a table of a later migration is among them by itself. */
create function app.tenant_tables() returns table (oid oid, name text) language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.oid, c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind = 'r' and exists (
    select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped)
$$;

/* Deletes up to p_limit rows of one table of the organization that is set, which must be one that is being purged; answers how many. */
create function app.purge_rows(p_table text, p_limit int) returns int language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare v_count int;
begin
  if not exists (select from app.tenant_tables() t where t.name = p_table) then raise exception '% is no tenant table', p_table; end if;
  -- A folder goes after those in it.
  execute format('delete from public.%1$I where ctid = any (array(select ctid from public.%1$I where org_id = $1%2$s limit $2))', p_table,
    case when p_table = 'folder' then ' order by cardinality(path) desc' else '' end) using app.purging_org(), p_limit;
  get diagnostics v_count = row_count;
  return v_count;
end $$;

/* How many rows of one table the organization that is set still has, if it is one that is being purged; else 0. */
create function app.purge_left(p_table text) returns bigint language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare v_count bigint;
begin
  if not exists (select from app.tenant_tables() t where t.name = p_table) then raise exception '% is no tenant table', p_table; end if;
  execute format('select count(*) from public.%I where org_id = $1', p_table) into v_count using app.purging_org();
  return v_count;
end $$;

grant create on schema app to app_purge;
alter function app.purge_rows(text, int) owner to app_purge;
alter function app.purge_left(text) owner to app_purge;
revoke create on schema app from app_purge;
revoke all on function app.purging_org(), app.tenant_tables(), app.purge_rows(text, int), app.purge_left(text) from public;
grant execute on function app.purging_org(), app.tenant_tables() to app_purge, app;
grant execute on function app.purge_rows(text, int), app.purge_left(text) to app;
