-- The first page of a version as a small picture, drawn when it is first asked for. A row and no blob: it is some kilobytes, goes with its version, is in the same
-- backup, and nobody has to tell it from bytes that no row names.
create table document_thumbnail (
  org_id uuid not null,
  version_id uuid not null,
  webp bytea not null check (octet_length(webp) <= 262144),
  made_at timestamptz not null default now(),
  primary key (org_id, version_id),
  foreign key (org_id, version_id) references document_version (org_id, id) on delete cascade
);
select app.make_tenant_table('document_thumbnail');
grant select, delete, insert (org_id, version_id, webp) on document_thumbnail to app;
