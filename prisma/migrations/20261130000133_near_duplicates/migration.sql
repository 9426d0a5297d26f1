-- By what nearly the same texts are found (packages/domain/src/modules/documents/near-duplicates.ts): the least hashes of pairs of words in 128 bins, and hashes of
-- three bins each, of which two texts that are alike have some in common. Made as a version is indexed.
create table document_sketch (
  org_id uuid not null,
  version_id uuid not null,
  document_id uuid not null,
  attempt int not null,
  sketch int[] not null,
  bands int[] not null,                  -- none: too short to be compared
  primary key (org_id, version_id),
  foreign key (org_id, version_id) references document_version (org_id, id) on delete cascade
);
create index document_sketch_bands on document_sketch using gin (org_id, bands);
select app.make_tenant_table('document_sketch');
grant select, insert, update, delete on document_sketch to app;
