/*
 * Documents of the tenant that is set in which a passage meets p_match, that one of p_principals may read and that meet the filters; at most p_limit. For
 * counting: in which order they come is not said.
 */
create function app.keyword_documents(p_match tsquery, p_principals text[], p_filters jsonb, p_limit int) returns uuid[]
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  v_org uuid := app.org_id();
begin
  return array(
    select distinct c.document_id from passage_keyword c where c.org_id = (select v_org) and c.tsv @@ p_match
      and exists (select from app.searchable(v_org, p_principals, p_filters) s where s.document_id = c.document_id and s.version_id = c.version_id)
    limit p_limit);
end $$;

grant create on schema app to app_keyword;
alter function app.keyword_documents(tsquery, text[], jsonb, int) owner to app_keyword;
revoke create on schema app from app_keyword;
revoke all on function app.keyword_documents(tsquery, text[], jsonb, int) from public;
grant execute on function app.keyword_documents(tsquery, text[], jsonb, int) to app;
