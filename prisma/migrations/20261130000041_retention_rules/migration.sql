-- How long documents are kept, and when they go. See docs/adr/0029-legal-holds.md and docs/retention.md.
create table retention_rule (
  id uuid primary key,
  org_id uuid not null,
  name text not null,
  kind text not null check (kind in ('folder', 'type', 'tag', 'all')),
  folder_id uuid,                        -- no key: of a folder that is gone the rule is on nothing
  type text,                             -- of the current version: a media type, or a class of them ('image/*')
  tag text,
  since text not null check (since in ('created', 'uploaded', 'field')),
  field text,
  keep_days int check (keep_days > 0),
  delete_days int check (delete_days > 0),
  needs_release boolean not null,
  set_by uuid not null,
  set_at timestamptz not null,
  unique (org_id, id),
  check ((kind = 'folder') = (folder_id is not null)),
  check ((kind = 'type') = (type is not null)),
  check ((kind = 'tag') = (tag is not null)),
  check ((since = 'field') = (field is not null)),
  check (num_nonnulls(keep_days, delete_days) > 0)
);
create unique index retention_rule_name on retention_rule (org_id, lower(name));
select app.make_tenant_table('retention_rule');
grant select, insert, update, delete on retention_rule to app;

create table retention_setting (
  org_id uuid primary key,
  trash_days int check (trash_days > 0)  -- null: the trash keeps what is in it
);
select app.make_tenant_table('retention_setting');
grant select, insert, update on retention_setting to app;

-- What is due by a rule that asks for a release, and the release once somebody recorded it.
create table retention_release (
  org_id uuid not null,
  document_id uuid not null,
  rule_id uuid not null,
  wanted_at timestamptz not null,
  released_by uuid,
  released_at timestamptz,
  note text,
  primary key (org_id, document_id, rule_id),
  foreign key (org_id, document_id) references document (org_id, id) on delete cascade,
  foreign key (org_id, rule_id) references retention_rule (org_id, id) on delete cascade,
  check (num_nonnulls(released_by, released_at, note) in (0, 3))
);
create index retention_release_list on retention_release (org_id, wanted_at, document_id, rule_id);
create index retention_release_rule on retention_release (org_id, rule_id);
select app.make_tenant_table('retention_release');
grant select, insert on retention_release to app;
grant update (released_by, released_at, note) on retention_release to app;

-- What is left of a document that was deleted by a rule or by the time of the trash. `body` is what is signed, to the byte.
create table retention_tombstone (
  id uuid primary key,
  org_id uuid not null,
  document_id uuid not null,
  body text not null,
  key_id text not null,
  signature text not null,
  at timestamptz not null,
  unique (org_id, document_id)
);
create index retention_tombstone_list on retention_tombstone (org_id, at desc, id desc);
select app.make_tenant_table('retention_tombstone');
grant select, insert on retention_tombstone to app;
create trigger append_only before update or delete or truncate on retention_tombstone for each statement execute function app.no_change();

-- The sweeper finds by these whose documents it has to look at.
create policy system_places on retention_rule for select to app_system using (true);
grant select (org_id) on retention_rule to app_system;
create policy system_places on retention_setting for select to app_system using (true);
grant select (org_id, trash_days) on retention_setting to app_system;
