-- One open invitation an address. Whoever made it takes it along: what they may give ends with their membership.
create table invitation (
  id uuid primary key,
  org_id uuid not null references org,
  email text not null,                   -- lower case, trimmed, as in user_account
  role text not null check (role in ('owner', 'admin', 'editor', 'viewer', 'guest', 'custom')),
  role_id uuid,
  token_hash text not null unique,       -- SHA-256; the token itself is never stored
  invited_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  unique (org_id, email),
  check ((role = 'custom') = (role_id is not null)),
  foreign key (org_id, role_id) references org_role (org_id, id),
  foreign key (org_id, invited_by) references membership (org_id, user_id) on delete cascade
);
create index invitation_list on invitation (org_id, created_at desc, id desc);
create index invitation_inviter on invitation (org_id, invited_by);
create index invitation_role on invitation (org_id, role_id) where role_id is not null;
select app.make_tenant_table('invitation');
grant select, insert, delete on invitation to app;

-- Whoever accepts is no member yet: the invitation is spent, and the membership made, where people are looked up. That somebody joined is all that
-- such a unit may say in the name of an organization.
create policy identity on invitation to app_identity using (true);
grant select, delete on invitation to app_identity;
create policy joined on event for insert to app_identity with check (type = 'orgs.member-joined.v1');
create policy joined_read on event for select to app_identity using (type = 'orgs.member-joined.v1');
create policy joined on audit for insert to app_identity with check (action = 'orgs.member-joined.v1');
