-- Both stand on the document's own row, so that showing them costs a read nothing: see docs/adr/0021-tags-and-metadata.md. Their limits are kept by tags.policy.
alter table document add column tags text[] not null default '{}',
  add column metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object');

-- The tags once more, a row each: under row-level security no index serves a question to an array. Written by the trigger below alone.
create table document_tag (
  org_id uuid not null,
  document_id uuid not null,
  tag text not null,
  created_at timestamptz not null,       -- the document's, so that the list of a tag is read in order from the index below
  primary key (org_id, document_id, tag),
  foreign key (org_id, document_id) references document (org_id, id) on delete cascade
);
create index document_tag_list on document_tag (org_id, tag, created_at, document_id);
select app.make_tenant_table('document_tag');
grant select, insert (org_id, document_id, tag, created_at), delete on document_tag to app;

create function app.keep_tags() returns trigger language plpgsql as $$ begin
  delete from document_tag where org_id = new.org_id and document_id = new.id and tag <> all (new.tags);
  insert into document_tag (org_id, document_id, tag, created_at) select new.org_id, new.id, unnest(new.tags), new.created_at on conflict do nothing;
  return null;
end $$;
create trigger tags_added after insert on document for each row when (new.tags <> '{}') execute function app.keep_tags();
create trigger tags_changed after update of tags on document for each row when (new.tags is distinct from old.tags) execute function app.keep_tags();
