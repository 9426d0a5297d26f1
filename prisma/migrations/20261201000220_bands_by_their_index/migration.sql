/*
 * Sketches of the tenant that is set that have one of these bands, with how many: read by the index of bands, which row-level security keeps from the application's
 * role, because && is not leakproof. The role sees all sketches of the tenant anyway; whose documents these are, and who reads them, is asked by the caller.
 */
create function app.sketches_sharing(p_bands int[]) returns table (version_id uuid, document_id uuid, sketch int[], shared int)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set plan_cache_mode = force_custom_plan rows 100 as $$
declare
  v_org uuid := app.org_id();
begin
  return query select s.version_id, s.document_id, s.sketch, (select count(*)::int from unnest(s.bands) b where b = any(p_bands))
    from document_sketch s where s.org_id = v_org and s.bands <> '{}' and s.bands && p_bands;
end $$;

create policy keyword on document_sketch for select to app_keyword using (true);
grant select on document_sketch to app_keyword;
grant create on schema app to app_keyword;
alter function app.sketches_sharing(int[]) owner to app_keyword;
revoke create on schema app from app_keyword;
revoke all on function app.sketches_sharing(int[]) from public;
grant execute on function app.sketches_sharing(int[]) to app;
