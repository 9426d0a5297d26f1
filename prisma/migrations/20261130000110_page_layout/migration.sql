-- Where the words of a page stand, so that a passage can be drawn on it (docs/formats.md). Beside the page and not in it: whoever reads text does not read places.
create table page_layout (
  org_id uuid not null,
  version_id uuid not null,
  number int not null,
  boxes bytea not null,                  -- packed: packages/extraction/src/layout/word-boxes.ts
  attempt int not null,
  primary key (org_id, version_id, number),
  foreign key (org_id, version_id, number) references page (org_id, version_id, number) on delete cascade
);
select app.make_tenant_table('page_layout');
grant select, insert, update, delete on page_layout to app;
