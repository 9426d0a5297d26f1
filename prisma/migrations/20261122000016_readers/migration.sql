-- Whether a reader row says anything is decided by the row itself and the place of its document: `app.holds`.
alter table document_reader drop column folder_id;

/*
 * Does a reader row of this principal hold for a document in a folder of this path? That of a folder only as long as the folder is above the
 * document, that of the organization only outside of restricted folders: so a folder that is moved or restricted hides what it holds at once,
 * however many rows are written anew afterwards. Path and restriction are null for a document at the top. Inlined: no subquery in here.
 */
create function app.holds(p_principal text, p_path uuid[], p_restricted boolean) returns boolean language sql immutable as $$
  select case left(p_principal, 4)
    when 'fold' then coalesce(substr(p_principal, 8)::uuid = any (p_path), false)
    when 'org:' then not coalesce(p_restricted, false)
    else true end
$$;

/*
 * The documents that one of p_principals may read: the one predicate, asked by every path to a document. No SET clause, nothing volatile, so that it
 * is inlined and the conditions around it reach the indexes; for that no argument may be a subquery. Why tenant and principals stand in
 * subqueries in here is said at app.searchable.
 */
create function app.readable(p_org uuid, p_principals text[]) returns setof document language sql stable as $$
  select d.* from public.document d left join public.folder f on f.org_id = d.org_id and f.id = d.folder_id
  where d.org_id = (select p_org) and exists (select from public.document_reader r
    where r.org_id = d.org_id and r.document_id = d.id and r.principal = any ((select p_principals)::text[]) and app.holds(r.principal, f.path, f.restricted))
$$;

/* The principals that may read a document now. */
create function app.readers(p_org uuid, p_document uuid) returns setof text language sql stable as $$
  select r.principal from public.document d left join public.folder f on f.org_id = d.org_id and f.id = d.folder_id
  join public.document_reader r on r.org_id = d.org_id and r.document_id = d.id
  where d.org_id = p_org and d.id = p_document and app.holds(r.principal, f.path, f.restricted)
$$;

/* As before, with who reads what asked of app.readable. */
create or replace function app.searchable(p_org uuid, p_principals text[], p_filters jsonb)
returns table (document_id uuid, version_id uuid, name text, version int) language sql stable as $$
  select d.id, v.id, d.name, v.number
  from app.readable(p_org, p_principals) d join public.document_version v on v.org_id = d.org_id and v.id = d.published_version_id
  where d.lifecycle = 'active'
    and (not p_filters ? 'folderId' or d.folder_id = any ((select app.folder_tree(p_org, (p_filters->>'folderId')::uuid))::uuid[]))
    and (not p_filters ? 'mime' or v.mime = p_filters->>'mime')
    and (not p_filters ? 'language' or v.language = p_filters->>'language')
    and (not p_filters ? 'createdAfter' or d.created_at >= (p_filters->>'createdAfter')::timestamptz)
    and (not p_filters ? 'createdBefore' or d.created_at < (p_filters->>'createdBefore')::timestamptz)
$$;

/*
 * Is a folder shown to somebody? Those outside of restricted places to whoever carries the organization; any to whom it, or one above it, was granted.
 */
create function app.folder_shown(p_path uuid[], p_restricted boolean, p_principals text[]) returns boolean language sql immutable as $$
  select exists (select from unnest(p_principals) p where (left(p, 4) = 'org:' and not p_restricted) or (left(p, 4) = 'fold' and substr(p, 8)::uuid = any (p_path)))
$$;

revoke all on function app.holds(text, uuid[], boolean), app.readable(uuid, text[]), app.readers(uuid, uuid),
  app.folder_shown(uuid[], boolean, text[]) from public;
grant execute on function app.holds(text, uuid[], boolean) to app, app_keyword, app_system;
grant execute on function app.readable(uuid, text[]) to app, app_keyword;
grant execute on function app.readers(uuid, uuid) to app, app_system;
grant execute on function app.folder_shown(uuid[], boolean, text[]) to app;

-- The live feed asks for the readers of the documents of all organizations; of their content it sees nothing.
create policy system_read on document for select to app_system using (true);
create policy system_read on folder for select to app_system using (true);
grant select (org_id, id, folder_id) on document to app_system;
grant select (org_id, id, path, restricted) on folder to app_system;
