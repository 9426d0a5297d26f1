-- Roles. Nobody but the migration user owns anything; the product connects as `app_login`, which may read nothing
-- until a unit of work sets one of the three roles below with its first message:
--   app          one organization, under row-level security
--   app_identity accounts, sessions, memberships, API keys: who is calling, before an organization is known
--   app_system   the relay and the reconciler: deliveries and processing states of all organizations, never content
do $$ begin
  if not exists (select from pg_roles where rolname = 'app') then create role app nologin; end if;
  if not exists (select from pg_roles where rolname = 'app_identity') then create role app_identity nologin; end if;
  if not exists (select from pg_roles where rolname = 'app_system') then create role app_system nologin; end if;
  if not exists (select from pg_roles where rolname = 'app_login') then create role app_login login noinherit connection limit 200; end if;
end $$;
grant app, app_identity, app_system to app_login with inherit false, set true;
-- So that a product that was given the migration user's own login can give its rights up on each connection.
grant app_login to current_user with inherit false, set true;
revoke all on schema public from public;
grant usage on schema public to app, app_identity, app_system;
create schema app;
grant usage on schema app to app, app_identity, app_system, app_login;

create function app.org_id() returns uuid language sql stable parallel safe as $$ select nullif(current_setting('app.org_id', true), '')::uuid $$;
create function app.user_id() returns uuid language sql stable parallel safe as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

/* One tenant table: forced row-level security, one policy. Wrapped in (select …) so that it is evaluated once and serves as an index condition. */
create function app.make_tenant_table(t regclass) returns void language plpgsql as $$ begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy tenant on %s to app using (org_id = (select app.org_id())) with check (org_id = (select app.org_id()))', t);
end $$;
revoke all on function app.make_tenant_table(regclass) from public;

create function app.no_change() returns trigger language plpgsql as $$ begin
  raise exception '% is append-only', tg_table_name using errcode = '42501';
end $$;

-- Outbox. (xid, id) below the oldest running transaction is a total order in which nothing appears late: live listeners resume by it.
create table event (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  xid xid8 not null default pg_current_xact_id(),
  type text not null,
  actor_id uuid not null,
  document_id uuid,
  audience text[],                       -- who may hear of it once the document's readers are gone; null: the document's readers
  payload jsonb not null,
  at timestamptz not null default now(),
  unique (org_id, id)
);
create index event_feed on event (xid, id);
create index event_org_feed on event (org_id, xid, id);
select app.make_tenant_table('event');
grant select, insert on event to app;
create policy system_read on event for select to app_system using (true);
grant select on event to app_system;
create trigger append_only before update or truncate on event for each statement execute function app.no_change();

create table delivery (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  event_id bigint not null,
  subscriber text not null,
  state text not null default 'pending' check (state in ('pending', 'leased', 'parked')),
  attempts int not null default 0,
  next_at timestamptz not null default now(),
  last_error text,
  unique (event_id, subscriber),
  foreign key (org_id, event_id) references event (org_id, id)
);
create index delivery_due on delivery (next_at, id) where state = 'pending';
create index delivery_leased on delivery (next_at) where state = 'leased';
select app.make_tenant_table('delivery');
grant insert on delivery to app;
create policy system_all on delivery to app_system using (true) with check (true);
grant select, insert, update, delete on delivery to app_system;

create table audit (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  xid xid8 not null default pg_current_xact_id(),
  actor_id uuid not null,
  actor_kind text not null,
  action text not null,
  subject_type text not null,
  subject_id text,
  data jsonb not null,
  request_id text,
  at timestamptz not null default now()
);
create index audit_order on audit (org_id, xid, id);
select app.make_tenant_table('audit');
grant select on audit to app;
grant insert (org_id, actor_id, actor_kind, action, subject_type, subject_id, data, request_id) on audit to app;
create trigger append_only before update or delete or truncate on audit for each statement execute function app.no_change();

create table idempotency_key (
  org_id uuid not null,
  user_id uuid not null,
  key text not null,
  request_hash text not null,
  response jsonb,                        -- null while the first request is still running
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (org_id, user_id, key)
);
create index idempotency_key_expiry on idempotency_key (expires_at);
select app.make_tenant_table('idempotency_key');
grant select, insert, update, delete on idempotency_key to app;
create policy system_expire on idempotency_key to app_system using (true);
grant select, delete on idempotency_key to app_system;
