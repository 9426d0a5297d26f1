create table folder (
  id uuid primary key,
  org_id uuid not null,
  parent_id uuid,
  name text not null,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  unique (org_id, id),
  foreign key (org_id, parent_id) references folder (org_id, id)
);
create unique index folder_name on folder (org_id, coalesce(parent_id, '00000000-0000-0000-0000-000000000000'::uuid), lower(name));
select app.make_tenant_table('folder');
grant select, insert, update, delete on folder to app;

create table document (
  id uuid primary key,
  org_id uuid not null,
  folder_id uuid,
  parent_id uuid,                        -- the mail this document was attached to
  owner_id uuid not null,
  name text not null,
  visibility text not null default 'org' check (visibility in ('org', 'private')),
  lifecycle text not null default 'active' check (lifecycle in ('active', 'trashed')),
  current_version_id uuid not null,      -- what people see
  published_version_id uuid,             -- what search answers from; null until a version has been read
  revision int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  trashed_at timestamptz,
  unique (org_id, id),
  foreign key (org_id, folder_id) references folder (org_id, id),
  foreign key (org_id, parent_id) references document (org_id, id) on delete set null (parent_id)
);
create index document_list on document (org_id, lifecycle, created_at desc, id desc);
create index document_folder on document (org_id, folder_id, created_at desc, id desc);
create index document_parent on document (org_id, parent_id) where parent_id is not null;
select app.make_tenant_table('document');
grant select, insert, update, delete on document to app;

create table document_version (
  id uuid primary key,
  org_id uuid not null,
  document_id uuid not null,
  number int not null,
  file_name text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size bigint not null,
  mime text,                             -- by the bytes, once identified
  language text,
  state text not null default 'queued' check (state in ('queued', 'processing', 'ready', 'failed', 'needs_password', 'cancelled')),
  reason text,
  attempt int not null default 1,        -- fences: only the run of this attempt may write
  stage text,
  pages_done int not null default 0,
  pages int,
  password_cipher bytea,                 -- AES-256-GCM under SECRET_KEY
  created_by uuid not null,
  created_at timestamptz not null default now(),
  state_changed_at timestamptz not null default now(),
  unique (org_id, id),
  unique (document_id, number),
  foreign key (org_id, document_id) references document (org_id, id) on delete cascade,
  check (state not in ('failed', 'needs_password') or reason is not null)
);
create index document_version_blob on document_version (org_id, sha256);
create index document_version_open on document_version (state_changed_at) where state in ('queued', 'processing');
select app.make_tenant_table('document_version');
grant select, insert, update, delete on document_version to app;
create policy system_read on document_version for select to app_system using (true);
grant select (id, org_id, document_id, attempt, state, state_changed_at) on document_version to app_system;
alter table document add constraint document_current_version foreign key (org_id, current_version_id)
  references document_version (org_id, id) deferrable initially deferred;

-- Who may read a document, one row per principal (`org:<id>`, `user:<id>`, `group:<id>`), kept by documents.policy in the transaction that changes a grant.
create table document_reader (
  org_id uuid not null,
  principal text not null,
  created_at timestamptz not null,       -- the document's, so that lists are read in order from this index
  document_id uuid not null,
  primary key (org_id, principal, created_at, document_id),
  foreign key (org_id, document_id) references document (org_id, id) on delete cascade
);
create index document_reader_document on document_reader (org_id, document_id);
select app.make_tenant_table('document_reader');
grant select, insert, delete on document_reader to app;
create policy system_read on document_reader for select to app_system using (true);
grant select on document_reader to app_system;

create table page (
  org_id uuid not null,
  version_id uuid not null,
  number int not null,
  text text not null,
  source text not null check (source in ('text', 'ocr')),
  confidence real,
  attempt int not null,
  primary key (org_id, version_id, number),
  foreign key (org_id, version_id) references document_version (org_id, id) on delete cascade
);
select app.make_tenant_table('page');
grant select, insert, update, delete on page to app;

create table usage_entry (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  kind text not null,                    -- 'documents', 'bytes', 'pages'
  amount bigint not null,
  document_id uuid,
  at timestamptz not null default now()
);
create index usage_entry_org on usage_entry (org_id, kind, at);
select app.make_tenant_table('usage_entry');
grant select, insert on usage_entry to app;
