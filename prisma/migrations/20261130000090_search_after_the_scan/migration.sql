-- As before, without what a scanner has to look at, or found something in: a version that was sent back to it stays published until its reading begins, and
-- for as long as the scanner is away nobody is given its text.
create or replace function app.searchable(p_org uuid, p_principals text[], p_filters jsonb)
returns table (document_id uuid, version_id uuid, name text, version int) language sql stable as $$
  select d.id, v.id, d.name, v.number
  from app.readable(p_org, p_principals) d join public.document_version v on v.org_id = d.org_id and v.id = d.published_version_id
  where d.lifecycle = 'active' and v.scan in ('none', 'clean')
    and (not p_filters ? 'folderId' or d.folder_id = any ((select app.folder_tree(p_org, (p_filters->>'folderId')::uuid))::uuid[]))
    and (not p_filters ? 'mime' or v.mime = p_filters->>'mime')
    and (not p_filters ? 'language' or v.language = p_filters->>'language')
    and (not p_filters ? 'createdAfter' or d.created_at >= (p_filters->>'createdAfter')::timestamptz)
    and (not p_filters ? 'createdBefore' or d.created_at < (p_filters->>'createdBefore')::timestamptz)
$$;
