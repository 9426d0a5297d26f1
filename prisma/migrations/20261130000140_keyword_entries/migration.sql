-- An index of passages outside of Postgres, where there ever was one: a single row, and without it nothing below is noted.
create table keyword_index (
  only_one boolean primary key default true check (only_one),
  -- The one worker that writes, until when.
  writer uuid,
  writes_until timestamptz not null default '-infinity',
  -- What is built beside the index that serves, in the order of organizations and documents, then changes places with it.
  state text not null default 'wanted' check (state in ('wanted', 'filling', 'swapping', 'kept')),
  serves boolean not null default false,
  fill_org uuid,
  fill_document uuid
);

-- Documents whose entries there may be other than they should be. A row stays until the index has said that it took them, longer than its document or its
-- organization may be there; so it holds identifiers alone, has no wall, and only the worker's role sees it.
create table keyword_write (
  tenant uuid not null,
  document uuid not null,
  -- Grows with every change: who has written an older one has written nothing.
  version bigserial not null,
  -- Passages or their words; otherwise who may read them, alone.
  words boolean not null,
  tries int not null default 0,
  due_at timestamptz not null default now(),
  primary key (tenant, document)
);
create index keyword_write_due on keyword_write (due_at, version);

grant select, insert, update on keyword_index to app_system;
grant select, insert, update, delete on keyword_write to app_system;
grant usage on sequence keyword_write_version_seq to app_system, app_keyword;
grant select on keyword_index to app_keyword;
grant select, insert, update on keyword_write to app_keyword;

-- Of whole statements, so that ten thousand rows of one document are noted once; in one order, so that two of them never wait for each other.
create function app.note_keyword_rows() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$ begin
  if not exists (select from keyword_index) then return null; end if;
  if tg_op = 'DELETE' then
    insert into keyword_write as w (tenant, document, words)
    select org_id, document_id, tg_argv[0]::boolean from (select distinct org_id, document_id from old_rows) r order by 1, 2
    on conflict (tenant, document) do update set version = nextval('keyword_write_version_seq'), words = w.words or excluded.words, tries = 0, due_at = now();
  else
    insert into keyword_write as w (tenant, document, words)
    select org_id, document_id, tg_argv[0]::boolean from (select distinct org_id, document_id from new_rows) r order by 1, 2
    on conflict (tenant, document) do update set version = nextval('keyword_write_version_seq'), words = w.words or excluded.words, tries = 0, due_at = now();
  end if;
  return null;
end $$;

create function app.note_keyword_document() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$ begin
  if not exists (select from keyword_index) then return null; end if;
  insert into keyword_write as w (tenant, document, words)
  values (old.org_id, case when tg_table_name = 'document' then old.id else (to_jsonb(old)->>'document_id')::uuid end, tg_argv[0]::boolean)
  on conflict (tenant, document) do update set version = nextval('keyword_write_version_seq'), words = w.words or excluded.words, tries = 0, due_at = now();
  return null;
end $$;

grant create on schema app to app_keyword;
alter function app.note_keyword_rows() owner to app_keyword;
alter function app.note_keyword_document() owner to app_keyword;
revoke create on schema app from app_keyword;
revoke all on function app.note_keyword_rows(), app.note_keyword_document() from public;

create trigger entry_inserted after insert on passage_keyword referencing new table as new_rows for each statement execute function app.note_keyword_rows('true');
create trigger entry_deleted after delete on passage_keyword referencing old table as old_rows for each statement execute function app.note_keyword_rows('true');
create trigger entry_updated after update on passage_keyword referencing new table as new_rows for each statement execute function app.note_keyword_rows('true');
create trigger entry_inserted after insert on document_reader referencing new table as new_rows for each statement execute function app.note_keyword_rows('false');
create trigger entry_deleted after delete on document_reader referencing old table as old_rows for each statement execute function app.note_keyword_rows('false');
create trigger entry_published after update of published_version_id on document for each row
  when (old.published_version_id is distinct from new.published_version_id) execute function app.note_keyword_document('true');
create trigger entry_moved after update of lifecycle, folder_id on document for each row
  when (old.lifecycle <> new.lifecycle or old.folder_id is distinct from new.folder_id) execute function app.note_keyword_document('false');
create trigger entry_gone after delete on document for each row execute function app.note_keyword_document('true');
create trigger entry_scanned after update of scan on document_version for each row
  when (old.scan <> new.scan) execute function app.note_keyword_document('false');
