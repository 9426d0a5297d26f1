-- Administrators of the installation work as a role of their own (docs/adr/0031-administration.md): it sees that organizations, accounts and work are
-- there and in which state, and never what a document is called or holds, nor a password, a token or a secret.
do $$ begin
  if not exists (select from pg_roles where rolname = 'app_admin') then create role app_admin nologin; end if;
end $$;
grant app_admin to app_login with inherit false, set true;
grant usage on schema public, app to app_admin;

-- An organization that the installation suspended, with the reason; kept while it is deleted by the installation, so that only it opens it again.
alter table org add column suspended_at timestamptz, add column suspended_reason text,
  add constraint org_suspended_reason_check check ((suspended_at is null) = (suspended_reason is null)),
  add constraint org_suspended_check check (status <> 'active' or suspended_at is null);
create index org_list on org (created_at desc, id desc);
create policy admin on org to app_admin using (true) with check (true);
grant select (id, slug, name, status, created_at, purge_at, suspended_at, suspended_reason), insert (id, slug, name, created_at),
  update (status, purge_at, suspended_at, suspended_reason) on org to app_admin;
-- What an owner deletes and takes back is theirs; what the installation shut is not.
grant select (suspended_at) on org to app_identity;

create policy admin_read on membership for select to app_admin using (true);
create policy admin_first_owner on membership for insert to app_admin with check (role = 'owner');
grant select (org_id, user_id, role, status, created_at), insert (org_id, user_id, role, created_at) on membership to app_admin;

-- How much there is, by columns that tell nothing of what it is.
create policy admin_count on document for select to app_admin using (true);
grant select (org_id, lifecycle) on document to app_admin;
create policy admin_count on document_version for select to app_admin using (true);
grant select (org_id, state, size) on document_version to app_admin;

create index user_account_list on user_account (created_at desc, id desc);
grant select (id, email, name, platform_admin, status, created_at, locale, email_verified_at), update (status) on user_account to app_admin;
grant select (user_id, public_id, expires_at, last_seen_at, second_factor_at), delete on session to app_admin;
grant select (user_id, confirmed_at), delete on second_factor to app_admin;
grant insert on security_log to app_admin;

-- What an administrator does is written in the chain of the installation and, where it is about an organization, in that one's too, in one unit. Of an
-- organization it may say nothing but these; it reads back only what it wrote, by its numbers.
create policy admin on event for insert to app_admin with check (
  org_id = app.platform_id() or type in ('orgs.created.v1', 'orgs.suspended.v1', 'orgs.resumed.v1', 'orgs.deleted.v1', 'orgs.undeleted.v1'));
create policy admin_read on event for select to app_admin using (true);
grant insert (org_id, type, actor_id, document_id, audience, payload, trace_parent), select (id, org_id, type, at) on event to app_admin;
create policy admin on delivery for insert to app_admin with check (true);
grant insert (org_id, event_id, subscriber) on delivery to app_admin;
create policy admin on audit for insert to app_admin with check (
  org_id = app.platform_id() or action in ('orgs.created.v1', 'orgs.suspended.v1', 'orgs.resumed.v1', 'orgs.deleted.v1', 'orgs.undeleted.v1'));
grant insert (org_id, actor_id, actor_kind, session_id, key_id, address, action, subject_type, subject_id, data, request_id) on audit to app_admin;
create policy platform_admin on mail_message for insert to app_admin with check (org_id = app.platform_id());
grant insert (id, org_id, sealed) on mail_message to app_admin;

-- A second factor that is lost is taken off by two administrators, neither of whom it belongs to: one asks, another approves.
create table second_factor_reset (
  id uuid primary key,
  user_id uuid not null references user_account on delete cascade,
  reason text not null,
  state text not null default 'open' check (state in ('open', 'approved', 'refused', 'expired')),
  asked_by uuid not null references user_account,
  asked_at timestamptz not null default now(),
  expires_at timestamptz not null,
  decided_by uuid references user_account,
  decided_at timestamptz,
  check (asked_by <> user_id),
  check ((state in ('open', 'expired')) = (decided_by is null)),
  check ((decided_by is null) = (decided_at is null)),
  check (state <> 'approved' or (decided_by <> asked_by and decided_by <> user_id))
);
create unique index second_factor_reset_open on second_factor_reset (user_id) where state = 'open';
create index second_factor_reset_list on second_factor_reset (asked_at desc, id desc);
create index second_factor_reset_user on second_factor_reset (user_id);
create index second_factor_reset_asked on second_factor_reset (asked_by);
create index second_factor_reset_decided on second_factor_reset (decided_by);
grant select, insert (id, user_id, reason, asked_by, expires_at), update (state, decided_by, decided_at) on second_factor_reset to app_admin;
