-- What the query language asks of documents, for the role whose functions search.
create policy keyword on document_tag for select to app_keyword using (true);
grant select on document_tag to app_keyword;
create policy keyword on flow_run for select to app_keyword using (true);
grant select (id, org_id, document_id, state) on flow_run to app_keyword;

/* The strings of a list. */
create function app.texts(p_list jsonb) returns text[] language sql immutable set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(t), '{}') from jsonb_array_elements_text(p_list) t
$$;

/* Folders that lie in, or are, one of each list. The tenant is an argument, as in app.folder_tree, whose place this takes. */
create function app.folders_within(p_org uuid, p_lists jsonb) returns uuid[] language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(array_agg(f.id), '{}') from folder f where f.org_id = p_org
    and not exists (select from jsonb_array_elements(p_lists) l where not f.path && app.texts(l)::uuid[])
$$;

/* Documents that carry one of each list of tags. */
create function app.tagged(p_org uuid, p_lists jsonb) returns uuid[] language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(array_agg(document_id), '{}') from (
    select t.document_id from jsonb_array_elements(p_lists) with ordinality l(tags, n) join document_tag t on t.org_id = p_org and t.tag = any (app.texts(l.tags))
    group by t.document_id having count(distinct l.n) = jsonb_array_length(p_lists)
  ) d
$$;

/*
 * Versions of the tenant that is set in which a passage meets p_match. Not a part of app.searchable, which must be planned where the index of words is away,
 * and as another role, because no GIN index serves `@@` under the tenant policy.
 */
create function app.versions_holding(p_match tsquery) returns uuid[] language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(array_agg(distinct k.version_id), '{}') from passage_keyword k where k.org_id = (select app.org_id()) and k.tsv @@ p_match
$$;

/*
 * As before, with the filters of the query language, whose keys are those of `Narrowing`. A key that is not there is folded away when the statement is
 * planned. What a filter means is worked out once a statement, in a subquery that does not look at the document, and compared as an array or a range:
 * only the state of the last flow and the parts of names are looked up for each document that is left.
 */
create or replace function app.searchable(p_org uuid, p_principals text[], p_filters jsonb)
returns table (document_id uuid, version_id uuid, name text, version int) language sql stable as $$
  select d.id, v.id, d.name, v.number
  from app.readable(p_org, p_principals) d join public.document_version v on v.org_id = d.org_id and v.id = d.published_version_id
  where d.lifecycle = 'active' and v.scan in ('none', 'clean')
    and (not p_filters ? 'mimes' or v.mime = any ((select app.texts(p_filters->'mimes'))::text[]))
    and (not p_filters ? 'notMimes' or v.mime is null or v.mime <> all ((select app.texts(p_filters->'notMimes'))::text[]))
    and (not p_filters ? 'languages' or lower(v.language) = any ((select app.texts(p_filters->'languages'))::text[]))
    and (not p_filters ? 'notLanguages' or v.language is null or lower(v.language) <> all ((select app.texts(p_filters->'notLanguages'))::text[]))
    and (not p_filters ? 'pages' or v.pages <@ (select (p_filters->>'pages')::int4multirange))
    and (not p_filters ? 'created' or d.created_at <@ (select (p_filters->>'created')::tstzmultirange))
    and (not p_filters ? 'updated' or d.updated_at <@ (select (p_filters->>'updated')::tstzmultirange))
    and (not p_filters ? 'owners' or d.owner_id = any ((select app.texts(p_filters->'owners')::uuid[])::uuid[]))
    and (not p_filters ? 'notOwners' or d.owner_id <> all ((select app.texts(p_filters->'notOwners')::uuid[])::uuid[]))
    and (not p_filters ? 'folders' or d.folder_id = any ((select app.folders_within(p_org, p_filters->'folders'))::uuid[]))
    and (not p_filters ? 'notFolders' or d.folder_id is null
      or d.folder_id <> all ((select app.folders_within(p_org, jsonb_build_array(p_filters->'notFolders')))::uuid[]))
    and (not p_filters ? 'tags' or d.id = any ((select app.tagged(p_org, p_filters->'tags'))::uuid[]))
    and (not p_filters ? 'notTags' or not d.tags && (select app.texts(p_filters->'notTags')))
    and (not p_filters ? 'names' or not exists (select from jsonb_array_elements(p_filters->'names') n where not d.name ilike any (app.texts(n))))
    and (not p_filters ? 'notNames' or not d.name ilike any ((select app.texts(p_filters->'notNames'))::text[]))
    and (not p_filters ? 'flows' or coalesce((select r.state from public.flow_run r
      where r.org_id = d.org_id and r.document_id = d.id order by r.id desc limit 1), 'none') = any ((select app.texts(p_filters->'flows'))::text[]))
    and (not p_filters ? 'notFlows' or coalesce((select r.state from public.flow_run r
      where r.org_id = d.org_id and r.document_id = d.id order by r.id desc limit 1), 'none') <> all ((select app.texts(p_filters->'notFlows'))::text[]))
    and (not p_filters ? 'without' or v.id <> all ((select app.versions_holding((p_filters->>'without')::tsquery))::uuid[]))
$$;
drop function app.folder_tree(uuid, uuid);

grant create on schema app to app_keyword;
alter function app.versions_holding(tsquery) owner to app_keyword;
revoke create on schema app from app_keyword;
revoke all on function app.texts(jsonb), app.folders_within(uuid, jsonb), app.tagged(uuid, jsonb), app.versions_holding(tsquery) from public;
grant execute on function app.texts(jsonb), app.folders_within(uuid, jsonb), app.tagged(uuid, jsonb) to app, app_keyword;
grant execute on function app.versions_holding(tsquery) to app;
