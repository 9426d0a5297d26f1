-- Legal holds: while one stands, nothing that it is on is deleted. See docs/adr/0029-legal-holds.md.

/*
 * Between a deletion and the placing of a hold stands one lock for each organization: those who delete share it, and whoever places a hold waits until
 * they are done and keeps them out until it is committed. It comes behind the locks of rows. Who places holds has no locks of rows that others want, so
 * that nobody waits in a ring: that is why holds refer to no row of documents and organizations by a key.
 */
create function app.share_deletions(p_org uuid) returns void language sql as $$
  select pg_advisory_xact_lock_shared(hashtextextended('retention.deletions:' || p_org, 0))
$$;
create function app.stop_deletions(p_org uuid) returns void language sql as $$
  select pg_advisory_xact_lock(hashtextextended('retention.deletions:' || p_org, 0))
$$;

create table retention_hold (
  id uuid primary key,
  org_id uuid not null,
  name text not null,
  reason text not null,
  kind text not null check (kind in ('documents', 'folder', 'tag', 'owner', 'all')),
  folder_id uuid,
  tag text,
  owner_id uuid,
  placed_by uuid not null,
  placed_at timestamptz not null default now(),
  released_by uuid,
  released_at timestamptz,
  release_reason text,
  unique (org_id, id),
  check ((kind = 'folder') = (folder_id is not null)),
  check ((kind = 'tag') = (tag is not null)),
  check ((kind = 'owner') = (owner_id is not null)),
  check (num_nonnulls(released_by, released_at, release_reason) in (0, 3))
);
create index retention_hold_list on retention_hold (org_id, placed_at desc, id desc);
create index retention_hold_standing on retention_hold (org_id) where released_at is null;
select app.make_tenant_table('retention_hold');
grant select on retention_hold to app;
grant insert (id, org_id, name, reason, kind, folder_id, tag, owner_id, placed_by, placed_at) on retention_hold to app;
grant update (released_by, released_at, release_reason) on retention_hold to app;
-- Who ends an account, or the last row of an organization, learns that a hold stands, and nothing of it.
create policy identity on retention_hold for select to app_identity using (released_at is null);
grant select (id, org_id, kind, owner_id, released_at) on retention_hold to app_identity;
-- app.purging_org() asks this table itself, so that what the purge sees of it cannot depend on that.
drop policy purge on retention_hold;
create policy purge_sees on retention_hold for select to app_purge using (org_id = (select app.org_id()));
create policy purge on retention_hold for delete to app_purge using (released_at is not null and org_id = (select app.purging_org()));

-- Documents that a hold is on by their ids, and those that were what it is on and are no more: what was held once stays held until the release.
create table retention_held (
  org_id uuid not null,
  hold_id uuid not null,
  document_id uuid not null,
  primary key (org_id, hold_id, document_id),
  foreign key (org_id, hold_id) references retention_hold (org_id, id)
);
create index retention_held_document on retention_held (org_id, document_id);
select app.make_tenant_table('retention_held');
grant select, insert on retention_held to app;

/* The holds that stand against deleting a document which lies, is tagged and is owned like this; the oldest first. */
create function app.standing_holds(p_org uuid, p_document uuid, p_folder uuid, p_tags text[], p_owner uuid) returns setof retention_hold
language sql stable as $$
  select h.* from public.retention_hold h
  where h.org_id = p_org and h.released_at is null and (
    h.kind = 'all' or (h.kind = 'owner' and h.owner_id = p_owner) or (h.kind = 'tag' and h.tag = any (p_tags))
    or (h.kind = 'folder' and exists (select from public.folder f where f.org_id = p_org and f.id = p_folder and h.folder_id = any (f.path)))
    or exists (select from public.retention_held d where d.org_id = p_org and d.document_id = p_document and d.hold_id = h.id))
  order by h.placed_at, h.id
$$;
revoke all on function app.share_deletions(uuid), app.stop_deletions(uuid), app.standing_holds(uuid, uuid, uuid, text[], uuid) from public;
grant execute on function app.share_deletions(uuid) to app, app_identity, app_purge;
grant execute on function app.stop_deletions(uuid) to app;
grant execute on function app.standing_holds(uuid, uuid, uuid, text[], uuid) to app, app_purge;

/* What leaves that which a hold is on is written down, whoever moves, tags or hands it over. */
create function app.keep_held() returns trigger language plpgsql as $$ begin
  perform app.share_deletions(old.org_id);
  insert into public.retention_held (org_id, hold_id, document_id)
    select old.org_id, h.id, old.id from app.standing_holds(old.org_id, old.id, old.folder_id, old.tags, old.owner_id) h where h.kind in ('folder', 'tag', 'owner')
    on conflict do nothing;
  return null;
end $$;
create trigger keep_held after update of folder_id, tags, owner_id on document for each row
  when ((old.folder_id, old.tags, old.owner_id) is distinct from (new.folder_id, new.tags, new.owner_id)) execute function app.keep_held();

/* The same for the documents of a folder that is moved, and of those below it, each in its turn (see app.place_folders_below). */
create function app.keep_held_of_folder() returns trigger language plpgsql as $$ begin
  perform app.share_deletions(old.org_id);
  insert into public.retention_held (org_id, hold_id, document_id)
    select d.org_id, h.id, d.id from public.retention_hold h join public.document d on d.org_id = h.org_id and d.folder_id = old.id
    where h.org_id = old.org_id and h.released_at is null and h.kind = 'folder' and h.folder_id = any (old.path) and h.folder_id <> all (new.path)
    on conflict do nothing;
  return null;
end $$;
create trigger keep_held after update of parent_id on folder for each row when (old.path is distinct from new.path) execute function app.keep_held_of_folder();

-- The second wall, for whoever deletes: the services have asked before, and what they forget is refused here.
create function app.refuse_held() returns trigger language plpgsql as $$
declare v_hold uuid;
begin
  perform app.share_deletions(old.org_id);
  case tg_table_name
    when 'document' then
      select h.id into v_hold from app.standing_holds(old.org_id, old.id, old.folder_id, old.tags, old.owner_id) h limit 1;
    when 'document_version' then
      -- Those of a document that was deleted just now find none any more: it was asked for it then.
      select h.id into v_hold from public.document d cross join lateral app.standing_holds(d.org_id, d.id, d.folder_id, d.tags, d.owner_id) h
        where d.org_id = old.org_id and d.id = old.document_id limit 1;
    when 'folder' then
      select h.id into v_hold from public.retention_hold h
        where h.org_id = old.org_id and h.released_at is null and h.kind = 'folder' and h.folder_id = old.id limit 1;
    else
      if old.released_at is null then v_hold := old.id; end if;
  end case;
  if v_hold is not null then raise exception 'the hold % stands', v_hold using errcode = '42501'; end if;
  return old;
end $$;
create trigger held before delete on document for each row execute function app.refuse_held();
create trigger held before delete on document_version for each row execute function app.refuse_held();
create trigger held before delete on folder for each row execute function app.refuse_held();
create trigger held before delete on retention_hold for each row execute function app.refuse_held();

/* As before, and not while a hold stands: so nothing of an organization that has one can be purged, in whatever table, nor its own row. */
create or replace function app.purging_org() returns uuid language sql stable as $$
  select o.id from public.org o where o.id = app.org_id() and o.status = 'deleting' and o.purge_at <= now()
    and not exists (select from public.retention_hold h where h.org_id = o.id and h.released_at is null)
$$;
create policy nothing_held on org as restrictive for delete to app_identity
  using (not exists (select from public.retention_hold h where h.org_id = org.id and h.released_at is null));
