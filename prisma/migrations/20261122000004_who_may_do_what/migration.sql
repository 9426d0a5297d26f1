-- Roles an organization makes from the list of permissions, beside the five built-in ones.
create table org_role (
  id uuid primary key,
  org_id uuid not null references org,
  name text not null,
  permissions text[] not null,
  created_at timestamptz not null default now(),
  unique (org_id, id)
);
create unique index org_role_name on org_role (org_id, lower(name));
select app.make_tenant_table('org_role');
grant select, insert, update, delete on org_role to app;
create policy identity on org_role for select to app_identity using (true);
grant select on org_role to app_identity;

alter table membership drop constraint membership_role_check;
alter table membership add constraint membership_role_check check (role in ('owner', 'admin', 'editor', 'viewer', 'guest', 'custom'));
alter table membership add column role_id uuid, add foreign key (org_id, role_id) references org_role (org_id, id),
  add constraint membership_role_id_check check ((role = 'custom') = (role_id is not null));
create index membership_role on membership (org_id, role_id) where role_id is not null;

create table org_group (
  id uuid primary key,
  org_id uuid not null references org,
  name text not null,
  created_at timestamptz not null default now(),
  unique (org_id, id)
);
create unique index org_group_name on org_group (org_id, lower(name));
select app.make_tenant_table('org_group');
grant select, insert, update, delete on org_group to app;

create table group_member (
  org_id uuid not null,
  group_id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (org_id, group_id, user_id),
  foreign key (org_id, group_id) references org_group (org_id, id) on delete cascade,
  foreign key (org_id, user_id) references membership (org_id, user_id) on delete cascade
);
create index group_member_user on group_member (org_id, user_id);
select app.make_tenant_table('group_member');
grant select, insert, delete on group_member to app;
create policy identity on group_member for select to app_identity using (true);
grant select on group_member to app_identity;

-- What a folder or a document was granted to whom: `org:<id>`, `user:<id>` or `group:<id>`.
create table access_grant (
  id uuid primary key,
  org_id uuid not null,
  folder_id uuid,
  document_id uuid,
  principal text not null check (principal ~ '^(org|user|group):[0-9a-f-]{36}$'),
  level text not null check (level in ('view', 'edit', 'manage')),
  granted_by uuid not null,
  created_at timestamptz not null default now(),
  check (num_nonnulls(folder_id, document_id) = 1),
  unique nulls not distinct (org_id, folder_id, document_id, principal),
  foreign key (org_id, folder_id) references folder (org_id, id) on delete cascade,
  foreign key (org_id, document_id) references document (org_id, id) on delete cascade
);
create index access_grant_principal on access_grant (org_id, principal, folder_id) where folder_id is not null;
create index access_grant_document on access_grant (org_id, document_id) where document_id is not null;
select app.make_tenant_table('access_grant');
grant select, insert, update, delete on access_grant to app;
create policy identity on access_grant for select to app_identity using (true);
grant select on access_grant to app_identity;

-- A folder's way from the top, itself last, and whether it or one above it is kept from the organization at large. Both change with the tree, in
-- the transaction that changes it: a tree has few folders, whatever the number of documents in it.
alter table folder add column path uuid[], add column visibility text not null default 'org' check (visibility in ('org', 'restricted')),
  add column restricted boolean not null default false;
with recursive t as (
  select id, array[id] as path from folder where parent_id is null
  union all select f.id, t.path || f.id from t join folder f on f.parent_id = t.id
) update folder f set path = t.path from t where t.id = f.id;
alter table folder alter column path set not null;
create index folder_parent on folder (org_id, parent_id);

/* Kept by the database itself: who reads what rests on them. A change goes down the tree, a level at a time. */
create function app.place_folder() returns trigger language plpgsql as $$ begin
  select coalesce(p.path, '{}') || new.id, coalesce(p.restricted, false) or new.visibility = 'restricted' into new.path, new.restricted
    from (values (1)) one left join folder p on p.org_id = new.org_id and p.id = new.parent_id;
  return new;
end $$;
create function app.place_folders_below() returns trigger language plpgsql as $$ begin
  update folder set parent_id = parent_id where org_id = new.org_id and parent_id = new.id;
  return null;
end $$;
create trigger place before insert or update of parent_id, visibility on folder for each row execute function app.place_folder();
create trigger place_below after update of parent_id, visibility on folder for each row
  when (old.path is distinct from new.path or old.restricted is distinct from new.restricted) execute function app.place_folders_below();

alter table document drop constraint document_visibility_check;
update document set visibility = 'restricted' where visibility = 'private';
alter table document add constraint document_visibility_check check (visibility in ('org', 'restricted'));

-- A document carries a row `folder:<id>` for each folder above it. Such a row, and that of the organization, holds only as long as the folder says so
-- (app.reads): a folder that is moved or restricted hides what it holds at once, however many rows are to be written anew.
alter table document_reader add column folder_id uuid
  generated always as (case when principal like 'folder:%' then substr(principal, 8)::uuid end) stored;
insert into document_reader (org_id, principal, created_at, document_id)
  select d.org_id, 'folder:' || above, d.created_at, d.id
  from document d join folder f on f.org_id = d.org_id and f.id = d.folder_id cross join unnest(f.path) above;

-- Sessions as their owner sees them. `public_id` names one in lists; `id`, the hash of its token, never leaves.
alter table session add column public_id uuid not null unique default gen_random_uuid(), add column address text, add column device text,
  add column last_seen_at timestamptz not null default now(), add column second_factor_at timestamptz;

-- A key is narrowed to permissions instead of a role.
alter table api_key add column scopes text[];
update api_key set scopes = case role
  when 'admin' then array['documents:read', 'documents:create', 'documents:edit', 'documents:delete', 'documents:manage', 'search:read', 'notifications:read',
    'orgs:read', 'orgs:manage', 'members:read', 'members:manage', 'groups:manage', 'roles:manage', 'keys:read', 'keys:manage', 'usage:read', 'audit:read', 'audit:export']
  when 'editor' then array['documents:read', 'search:read', 'notifications:read', 'orgs:read', 'members:read', 'keys:read', 'keys:manage',
    'documents:create', 'documents:edit', 'documents:delete']
  when 'viewer' then array['documents:read', 'search:read', 'notifications:read', 'orgs:read', 'members:read', 'keys:read', 'keys:manage']
  else array['documents:read', 'search:read', 'notifications:read'] end;
alter table api_key alter column scopes set not null, drop column role;

-- The columns of a view cannot change in place.
drop view app.member;
create view app.member with (security_barrier = true) as
  select m.org_id, m.user_id, u.email, u.name, m.role, m.role_id, m.status, m.created_at
  from membership m join user_account u on u.id = m.user_id
  where m.org_id = app.org_id();
grant select on app.member to app;
