-- Documents that somebody chose by what they were read with, to be read again some at a time. A row of a document goes once it is through, so that the rows
-- that are left are what is left to do.
create table reprocessing (
  id uuid primary key,
  org_id uuid not null,
  user_id uuid not null,
  conditions jsonb not null,
  documents int not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  unique (org_id, id)
);
create index reprocessing_list on reprocessing (org_id, user_id, created_at desc, id desc);
create index reprocessing_open on reprocessing (org_id, created_at, id) where ended_at is null;
select app.make_tenant_table('reprocessing');
grant select, delete, insert (id, org_id, user_id, conditions, documents, created_at, ended_at), update (ended_at) on reprocessing to app;
-- The worker finds by it where there is something to do, and sees no more than that.
create policy system_places on reprocessing for select to app_system using (true);
grant select (org_id, ended_at) on reprocessing to app_system;

create table reprocessing_document (
  org_id uuid not null,
  reprocessing_id uuid not null,
  document_id uuid not null,
  version_id uuid not null,
  attempt int not null,                  -- that was read when it was chosen; once it is asked for, the one that reads it again
  asked boolean not null default false,
  primary key (org_id, reprocessing_id, document_id),
  foreign key (org_id, reprocessing_id) references reprocessing (org_id, id) on delete cascade,
  foreign key (org_id, version_id) references document_version (org_id, id) on delete cascade
);
create index reprocessing_document_version on reprocessing_document (org_id, version_id);
select app.make_tenant_table('reprocessing_document');
grant select, delete, insert (org_id, reprocessing_id, document_id, version_id, attempt), update (asked, attempt) on reprocessing_document to app;
