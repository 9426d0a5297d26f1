-- An owner lets administrators of the installation look at the organization for a time; whoever of them does, says so and why.
create table support_access (
  id uuid primary key,
  org_id uuid not null references org,
  reason text not null,
  granted_by uuid not null,
  granted_at timestamptz not null,
  ends_at timestamptz not null,
  revoked_by uuid,
  revoked_at timestamptz,
  unique (org_id, id),
  check (ends_at > granted_at and ends_at <= granted_at + interval '7 days'),
  check ((revoked_by is null) = (revoked_at is null))
);
create index support_access_list on support_access (org_id, granted_at desc, id desc);
create index support_access_standing on support_access (granted_at desc, id desc) where revoked_at is null;
select app.make_tenant_table('support_access');
grant select, insert (id, org_id, reason, granted_by, granted_at, ends_at), update (revoked_by, revoked_at) on support_access to app;

create table support_visit (
  org_id uuid not null,
  access_id uuid not null,
  user_id uuid not null references user_account,
  reason text not null,
  opened_at timestamptz not null default now(),
  primary key (org_id, access_id, user_id),
  foreign key (org_id, access_id) references support_access (org_id, id)
);
create index support_visit_of on support_visit (user_id);
select app.make_tenant_table('support_visit');
grant select on support_visit to app;

-- Who calls is found by both. Administrators open what stands, and see of the consent no more than that.
create policy identity on support_access for select to app_identity using (true);
create policy identity on support_visit for select to app_identity using (true);
grant select (id, org_id, ends_at, revoked_at) on support_access to app_identity;
grant select (org_id, access_id, user_id) on support_visit to app_identity;
create policy admin_read on support_access for select to app_admin using (true);
grant select (id, org_id, reason, granted_at, ends_at, revoked_at) on support_access to app_admin;
create policy admin_open on support_visit to app_admin using (true) with check (true);
grant select, insert (org_id, access_id, user_id, reason) on support_visit to app_admin;

create policy admin_support on event for insert to app_admin with check (type = 'orgs.support-opened.v1');
create policy admin_support on audit for insert to app_admin with check (action = 'orgs.support-opened.v1');
