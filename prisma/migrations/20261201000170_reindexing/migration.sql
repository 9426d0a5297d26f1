-- What search answers from, compared with the documents and healed (docs/adr/0035-reindexing.md). One at a time in an organization; where it stands is in its row.
create table reindexing (
  id uuid primary key,
  org_id uuid not null,
  stage text not null check (stage in ('documents', 'vectors', 'frequencies', 'absentWords', 'lengths', 'entries')),
  after_place text not null default '',      -- up to where the stage came, in its own terms
  documents int not null,
  looked int not null default 0,
  found jsonb not null default '{}',         -- by kind of fault
  healed jsonb not null default '{}',
  failures int not null default 0,           -- in a row, of the present step
  created_at timestamptz not null,
  worked_at timestamptz not null,
  ended_at timestamptz,
  unique (org_id, id)
);
create unique index reindexing_open on reindexing (org_id) where ended_at is null;
create index reindexing_list on reindexing (org_id, created_at desc, id desc);
select app.make_tenant_table('reindexing');
grant select, insert, update (stage, after_place, looked, found, healed, failures, worked_at, ended_at) on reindexing to app;
-- The worker finds by it where there is something to do, and sees no more than that.
create policy system_places on reindexing for select to app_system using (true);
grant select (org_id, worked_at, ended_at) on reindexing to app_system;

/*
 * Corrects how many passages of the tenant that is set hold each of these stems (p_queries: the same as tsqueries), by a delta like those that writers leave. What is
 * right is counted in one snapshot with the statistics and all deltas that wait, and whoever writes passages leaves the delta in the same transaction: so the
 * sum is exact, whatever is written or folded meanwhile. Two at once would correct twice: the caller holds a lock. Answers how many were wrong.
 */
create function app.keyword_recount(p_lexemes text[], p_queries tsquery[]) returns int
language plpgsql security definer set search_path = pg_catalog, public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  v_org uuid := app.org_id(); v_lexemes text[]; v_dfs int[];
begin
  select array_agg(x.lexeme), array_agg(x.off::int) into v_lexemes, v_dfs from (
    select a.lexeme, held.n - coalesce(t.df, 0) - coalesce(w.df, 0) as off
    from unnest(p_lexemes, p_queries) a(lexeme, query)
    cross join lateral (select count(*) n from passage_keyword c where c.org_id = (select v_org) and c.tsv @@ a.query) held
    left join kw_term t on t.org_id = v_org and t.lexeme = a.lexeme collate "C"
    left join (
      select u.l, sum(u.df) df from kw_delta d, unnest(d.lexemes, d.dfs) u(l, df) where d.org_id = v_org and u.l = any (p_lexemes) group by u.l
    ) w on w.l = a.lexeme
  ) x where x.off <> 0;
  if v_lexemes is null then return 0; end if;
  insert into kw_delta (org_id, config, n, len, lexemes, dfs)
  values (v_org, coalesce((select config from kw_stat where org_id = v_org limit 1), 'simple'), 0, 0, v_lexemes, v_dfs);
  return cardinality(v_lexemes);
end $$;

/* The same for how many passages there are of each configuration, and how long they are together. */
create function app.keyword_recount_lengths() returns int
language plpgsql security definer set search_path = pg_catalog, public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  v_org uuid := app.org_id(); v_wrong int;
begin
  insert into kw_delta (org_id, config, n, len, lexemes, dfs)
  select v_org, config, (coalesce(c.n, 0) - coalesce(s.n, 0))::int, coalesce(c.len, 0) - coalesce(s.len, 0), '{}', '{}'
  from (select config, count(*) n, sum(dl)::bigint len from passage_keyword where org_id = v_org group by config) c
  full join (
    select config, sum(n)::bigint n, sum(len)::bigint len
    from (select config, n, len from kw_stat where org_id = v_org union all select config, n, len from kw_delta where org_id = v_org) k group by config
  ) s using (config)
  where (coalesce(c.n, 0), coalesce(c.len, 0)) is distinct from (coalesce(s.n, 0), coalesce(s.len, 0));
  get diagnostics v_wrong = row_count;
  return v_wrong;
end $$;

grant create on schema app to app_keyword;
alter function app.keyword_recount(text[], tsquery[]) owner to app_keyword;
alter function app.keyword_recount_lengths() owner to app_keyword;
revoke create on schema app from app_keyword;
revoke all on function app.keyword_recount(text[], tsquery[]), app.keyword_recount_lengths() from public;
grant execute on function app.keyword_recount(text[], tsquery[]), app.keyword_recount_lengths() to app;
