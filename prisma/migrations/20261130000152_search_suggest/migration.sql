/*
 * Of these stems those that stand in something which one of p_principals may read in the tenant that is set: the place in the list, in how many such passages
 * (p_most at most), and some of these. A stem that stands only in what they may not read is as one that is nowhere.
 */
create function app.readable_stems(p_stems tsquery[], p_principals text[], p_most int) returns table (place int, passages int, examples bigint[])
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  v_org uuid := app.org_id();
begin
  return query select s.place::int, f.passages, f.examples from unnest(p_stems) with ordinality s(stem, place)
    cross join lateral (
      select count(*)::int passages, (array_agg(x.passage_id))[1:3] examples from (
        select c.passage_id from passage_keyword c where c.org_id = (select v_org) and c.tsv @@ s.stem
          and exists (select from app.searchable(v_org, p_principals, '{}') r where r.document_id = c.document_id and r.version_id = c.version_id)
        limit p_most
      ) x
    ) f
    where f.passages > 0;
end $$;

grant create on schema app to app_keyword;
alter function app.readable_stems(tsquery[], text[], int) owner to app_keyword;
revoke create on schema app from app_keyword;
revoke all on function app.readable_stems(tsquery[], text[], int) from public;
grant execute on function app.readable_stems(tsquery[], text[], int) to app;
