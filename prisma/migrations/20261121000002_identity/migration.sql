create table user_account (
  id uuid primary key,
  email text not null unique,            -- lower case, trimmed
  name text not null,
  password_hash text not null,           -- argon2id, PHC string
  platform_admin boolean not null default false,
  status text not null default 'active' check (status in ('active', 'suspended')),
  created_at timestamptz not null default now()
);
grant select, insert, update on user_account to app_identity;

create table session (
  id text primary key,                   -- SHA-256 of the token; the token itself is never stored
  user_id uuid not null references user_account on delete cascade,
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index session_by_user on session (user_id);
create index session_expiry on session (expires_at);
grant select, insert, update, delete on session to app_identity;

create table org (
  id uuid primary key,
  slug text not null unique,
  name text not null,
  status text not null default 'active' check (status in ('active', 'suspended')),
  created_at timestamptz not null default now()
);
alter table org enable row level security;
alter table org force row level security;
create policy tenant on org to app using (id = (select app.org_id())) with check (id = (select app.org_id()));
create policy identity on org to app_identity using (true) with check (true);
grant select, insert, update on org to app; -- insert: only the row of the organization that is set, see the policy
grant select, insert on org to app_identity;

create table membership (
  org_id uuid not null references org,
  user_id uuid not null references user_account,
  role text not null check (role in ('owner', 'admin', 'editor', 'viewer', 'guest')),
  status text not null default 'active' check (status in ('active', 'suspended')),
  created_at timestamptz not null default now(),
  primary key (org_id, user_id)
);
create index membership_user on membership (user_id, org_id);
select app.make_tenant_table('membership');
create policy identity on membership to app_identity using (true) with check (true);
grant select, insert, update, delete on membership to app;
grant select, insert on membership to app_identity;

create table api_key (
  id uuid primary key,
  org_id uuid not null,
  user_id uuid not null,
  name text not null,
  prefix text not null unique,           -- the public half, shown in lists; looks the row up
  secret_hash text not null,             -- SHA-256 of the secret half
  role text not null check (role in ('admin', 'editor', 'viewer', 'guest')),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  foreign key (org_id, user_id) references membership (org_id, user_id) on delete cascade
);
create index api_key_list on api_key (org_id, user_id, created_at desc, id desc);
select app.make_tenant_table('api_key');
create policy identity on api_key to app_identity using (true) with check (true);
grant select, insert, update on api_key to app;
grant select, update on api_key to app_identity;

-- Members as people see them: names of accounts, only of the organization that is set. A view reads as its owner, whom forced
-- row-level security binds too (unless it is a superuser): hence the owner's own policy.
create policy member_view on membership for select to current_user using (org_id = (select app.org_id()));
create view app.member with (security_barrier = true) as
  select m.org_id, m.user_id, u.email, u.name, m.role, m.status, m.created_at
  from membership m join user_account u on u.id = m.user_id
  where m.org_id = app.org_id();
grant select on app.member to app;
