create extension if not exists vector;
create extension if not exists btree_gin;

-- Owns what reads and keeps the word statistics, and nothing else. `@@` is not leakproof, so under the tenant policy no GIN index serves it;
-- this role's policies are constant true, which costs no index, and its functions take the tenant from app.org_id() alone.
do $$ begin
  if not exists (select from pg_roles where rolname = 'app_keyword') then create role app_keyword nologin; end if;
end $$;
grant usage on schema public, app to app_keyword;

-- One unit for words and meaning: about 200 words of one page. Offsets are UTF-16 code units of that page's text, end exclusive.
create table passage (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  document_id uuid not null,
  version_id uuid not null,
  ordinal int not null,                  -- page * 10000 + position on the page: the same text gets the same ordinal at every try
  page int not null,
  char_start int not null,
  char_end int not null,
  text text not null,
  language text,
  unique (version_id, ordinal),
  foreign key (org_id, document_id) references document (org_id, id) on delete cascade
);
create index passage_document on passage (org_id, document_id, version_id);
select app.make_tenant_table('passage');
grant select, insert, update, delete on passage to app;

-- Narrow rows for scoring. They hang on the document, not on the passage, so that purging a document is one statement here and one row of
-- statistics; whoever deletes passages deletes these by the same version.
create table passage_keyword (
  passage_id bigint primary key,
  org_id uuid not null,
  document_id uuid not null,
  version_id uuid not null,
  config text not null,                  -- text search configuration of the document's language
  tsv tsvector not null,                 -- title, title, passage; for accented words the plain spelling as well
  dl int not null,                       -- distinct stems without those spellings: as good a length as the count of words
  foreign key (org_id, document_id) references document (org_id, id) on delete cascade
) with (toast_tuple_target = 8160);
alter table passage_keyword alter tsv set storage external; -- inline and plain: it is read once per word of a query
create index passage_keyword_words on passage_keyword using gin (org_id, tsv) where tsv is not null;
create index passage_keyword_version on passage_keyword (org_id, version_id);
create index passage_keyword_document on passage_keyword (org_id, document_id);
select app.make_tenant_table('passage_keyword');
grant select, insert, update, delete on passage_keyword to app;

create table passage_vector (
  org_id uuid not null,
  passage_id bigint not null,
  document_id uuid not null,
  version_id uuid not null,
  model text not null,
  in_language boolean not null,          -- the model reads this text's language; where it does not, meaning has no say in a fused score
  embedding halfvec(384),                -- null: the model knows no word of the text
  primary key (org_id, passage_id, model),
  foreign key (org_id, document_id) references document (org_id, id) on delete cascade
);
create index passage_vector_near on passage_vector using hnsw (embedding halfvec_cosine_ops) where embedding is not null;
create index passage_vector_version on passage_vector (org_id, version_id);
create index passage_vector_document on passage_vector (org_id, document_id);
select app.make_tenant_table('passage_vector');
grant select, insert, update, delete on passage_vector to app;

-- Statistics for idf and lengths. Writers append deltas and never touch a shared row (a counter updated in place: deadlocks); the fold adds them up.
create table kw_term (
  org_id uuid not null,
  lexeme text collate "C" not null,
  df int not null,
  primary key (org_id, lexeme)
) with (fillfactor = 80);
create table kw_stat (
  org_id uuid not null,
  config text not null,
  n bigint not null,
  len bigint not null,
  primary key (org_id, config)
);
create table kw_delta (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  config text not null,
  n int not null,
  len bigint not null,
  lexemes text[] not null,
  dfs int[] not null
);
create index kw_delta_org on kw_delta (org_id);
select app.make_tenant_table(t) from unnest(array['kw_term', 'kw_stat', 'kw_delta']::regclass[]) t;
grant select on kw_term, kw_stat to app;
grant select (org_id, config, n, len) on kw_delta to app;

-- One fold at a time. A row, not an advisory lock: the embedded database has one session for all, which would take the same lock twice.
create table kw_lock (one boolean primary key default true check (one));
insert into kw_lock default values;

do $$ declare t text; begin
  foreach t in array array['kw_term', 'kw_stat', 'kw_delta'] loop
    execute format('create policy keyword on %I to app_keyword using (true) with check (true)', t);
    execute format('grant select, insert, update, delete on %I to app_keyword', t);
  end loop;
  foreach t in array array['passage_keyword', 'document', 'document_version', 'document_reader', 'folder'] loop
    execute format('create policy keyword on %I for select to app_keyword using (true)', t);
    execute format('grant select on %I to app_keyword', t);
  end loop;
end $$;
grant select, update on kw_lock to app_keyword;

create function app.count_words() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$ begin
  if tg_op in ('DELETE', 'UPDATE') then
    insert into kw_delta (org_id, config, n, len, lexemes, dfs)
    select c.org_id, c.config, -c.n, -c.len, coalesce(t.lexemes, '{}'), coalesce(t.dfs, '{}')
    from (select org_id, config, count(*)::int n, sum(dl) len from old_rows group by 1, 2) c
    cross join lateral (select array_agg(w.l) lexemes, array_agg(-w.df) dfs from (select l, count(*)::int df
      from old_rows o, unnest(tsvector_to_array(o.tsv)) l where o.org_id = c.org_id and o.config = c.config group by l) w) t;
  end if;
  if tg_op in ('INSERT', 'UPDATE') then
    insert into kw_delta (org_id, config, n, len, lexemes, dfs)
    select c.org_id, c.config, c.n, c.len, coalesce(t.lexemes, '{}'), coalesce(t.dfs, '{}')
    from (select org_id, config, count(*)::int n, sum(dl) len from new_rows group by 1, 2) c
    cross join lateral (select array_agg(w.l) lexemes, array_agg(w.df) dfs from (select l, count(*)::int df
      from new_rows o, unnest(tsvector_to_array(o.tsv)) l where o.org_id = c.org_id and o.config = c.config group by l) w) t;
  end if;
  return null;
end $$;
create trigger count_inserted after insert on passage_keyword referencing new table as new_rows for each statement execute function app.count_words();
create trigger count_deleted after delete on passage_keyword referencing old table as old_rows for each statement execute function app.count_words();
create trigger count_updated after update on passage_keyword referencing old table as old_rows new table as new_rows for each statement execute function app.count_words();

/* Adds up to p_max deltas to the statistics; returns how many, 0 when there is none or another fold is at work. Words that nothing holds go. */
create function app.keyword_fold(p_max int) returns int language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare v_count int; v_orgs uuid[]; v_lexemes text[];
begin
  perform from kw_lock for update skip locked;
  if not found then return 0; end if;
  with d as materialized (
    delete from kw_delta where id in (select id from kw_delta order by id limit p_max) returning org_id, config, n, len, lexemes, dfs
  ), terms as (
    insert into kw_term as t (org_id, lexeme, df)
    select d.org_id, u.l, sum(u.df)::int from d, unnest(d.lexemes, d.dfs) u(l, df) group by 1, 2 having sum(u.df) <> 0 order by 1, 2
    on conflict (org_id, lexeme) do update set df = t.df + excluded.df
  ), stats as (
    insert into kw_stat as s (org_id, config, n, len)
    select d.org_id, d.config, sum(d.n), sum(d.len) from d group by 1, 2 order by 1, 2
    on conflict (org_id, config) do update set n = s.n + excluded.n, len = s.len + excluded.len
  ), gone as (
    select d.org_id, u.l from d, unnest(d.lexemes, d.dfs) u(l, df) where u.df < 0 group by 1, 2
  )
  select (select count(*) from d), g.orgs, g.lexemes into v_count, v_orgs, v_lexemes
  from (select array_agg(org_id) orgs, array_agg(l) lexemes from gone) g;
  delete from kw_term t using unnest(v_orgs, v_lexemes) g(org_id, lexeme) where t.org_id = g.org_id and t.lexeme = g.lexeme and t.df = 0;
  return v_count;
end $$;

/* A folder and everything under it. The tenant is an argument because this also runs inside app.keyword_search, where no policy narrows. */
create function app.folder_tree(p_org uuid, p_folder uuid) returns uuid[] language sql stable set search_path = pg_catalog, public, pg_temp as $$
  with recursive t as (
    select id from folder where org_id = p_org and id = p_folder
    union select f.id from t join folder f on f.org_id = p_org and f.parent_id = t.id
  ) select coalesce(array_agg(id), '{}') from t
$$;

/*
 * What search may show: published versions of active documents that one of p_principals may read, narrowed by filters. The one place that says
 * so, for both legs. No SET clause and nothing volatile, so that it is inlined into the query and its conditions reach the indexes.
 * The tenant is an argument for the same reason as above. Tenant and principals stand in subqueries so that the planner does not look them up
 * in its statistics: there a tenant that just arrived has no rows, and a plan made for none took 3 s where this one takes 10 ms.
 */
create function app.searchable(p_org uuid, p_principals text[], p_filters jsonb) returns table (document_id uuid, version_id uuid, name text, version int)
language sql stable as $$
  select d.id, v.id, d.name, v.number
  from public.document d join public.document_version v on v.org_id = d.org_id and v.id = d.published_version_id
  where d.org_id = (select p_org) and d.lifecycle = 'active'
    and (not p_filters ? 'folderId' or d.folder_id = any ((select app.folder_tree(p_org, (p_filters->>'folderId')::uuid))::uuid[]))
    and (not p_filters ? 'mime' or v.mime = p_filters->>'mime')
    and (not p_filters ? 'language' or v.language = p_filters->>'language')
    and (not p_filters ? 'createdAfter' or d.created_at >= (p_filters->>'createdAfter')::timestamptz)
    and (not p_filters ? 'createdBefore' or d.created_at < (p_filters->>'createdBefore')::timestamptz)
    and exists (select from public.document_reader r
      where r.org_id = d.org_id and r.document_id = d.id and r.principal = any ((select p_principals)::text[]))
$$;

/*
 * BM25 over the passages of the tenant that is set, of published versions of active documents that one of p_principals may read.
 * p_terms are single stems; those of equal p_words are spellings of one word, whose best counts, with weight p_weights[word] = (k1+1)*idf.
 * For one stem ts_rank('{1,1,1,1}') is H2(tf)/1.645 (H2(n) = sum of 1/i^2), and s/(s+k(1-s)) with k = K/0.645 is BM25's tf/(tf+K): exact at
 * tf = 1, within 6 % above. p_base + p_slope * dl is that k. Candidates match p_match, the best passage of each document is returned;
 * with p_ids these passages are scored instead, each. Numeric literals would halve the speed: everything is float8 or float4.
 */
create function app.keyword_search(
  p_match tsquery, p_terms tsquery[], p_words int[], p_weights float8[], p_base float8, p_slope float8,
  p_principals text[], p_filters jsonb, p_ids bigint[], p_limit int
) returns table (passage_id bigint, document_id uuid, score float8)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set plan_cache_mode = force_custom_plan as $fn$
declare
  v_org uuid := app.org_id();
  v_versions uuid[]; v_where text; v_ranks text := ''; v_sum text := ''; v_word int; v_spellings text;
begin
  if v_org is null or cardinality(p_terms) is null or cardinality(p_weights) > 64 then return; end if;
  -- Somebody who may read little: their versions are named, whatever the words.
  v_versions := array(select s.version_id from app.searchable(v_org, p_principals, p_filters) s limit 1001);
  if cardinality(v_versions) = 0 then return; end if;
  v_where := case when cardinality(v_versions) <= 1000 then ' and c.version_id = any($4)'
    else ' and exists (select from app.searchable($1, $2, $3) s where s.document_id = c.document_id and s.version_id = c.version_id)' end
    || case when p_ids is not null then ' and c.passage_id = any($5)' else ' and c.tsv @@ $6' end;

  for v_word in 1..cardinality(p_weights) loop
    select string_agg(format('ts_rank(''{1,1,1,1}'', c.tsv, $7[%s])', i), ', ') into v_spellings from unnest(p_words) with ordinality u(word, i) where word = v_word;
    if v_spellings is null then continue; end if;
    v_ranks := v_ranks || format(', greatest(%s) s%s', v_spellings, v_word);
    v_sum := v_sum || format(' + $8[%1$s] * s%1$s / (s%1$s + k * (1 - s%1$s))', v_word);
  end loop;
  return query execute
    'select y.id, y.doc, y.score from (select ' || case when p_ids is null then 'distinct on (x.doc)' else '' end || ' x.id, x.doc, (' || substr(v_sum, 4)
    || ')::float8 score from (select c.passage_id id, c.document_id doc, $9 + $10 * c.dl k' || v_ranks
    || ' from passage_keyword c where c.org_id = (select $1)' || v_where || ' offset 0) x'
    || case when p_ids is null then ' order by x.doc, score desc, x.id' else '' end || ') y order by y.score desc, y.id limit $11'
    using v_org, p_principals, p_filters, v_versions, p_ids, p_match, p_terms, p_weights, p_base, p_slope, p_limit;
end $fn$;

grant create on schema app to app_keyword;
alter function app.count_words() owner to app_keyword;
alter function app.keyword_fold(int) owner to app_keyword;
alter function app.keyword_search(tsquery, tsquery[], int[], float8[], float8, float8, text[], jsonb, bigint[], int) owner to app_keyword;
revoke create on schema app from app_keyword;
revoke all on function app.count_words(), app.keyword_fold(int), app.folder_tree(uuid, uuid), app.searchable(uuid, text[], jsonb),
  app.keyword_search(tsquery, tsquery[], int[], float8[], float8, float8, text[], jsonb, bigint[], int) from public;
grant execute on function app.keyword_search(tsquery, tsquery[], int[], float8[], float8, float8, text[], jsonb, bigint[], int) to app;
grant execute on function app.folder_tree(uuid, uuid), app.searchable(uuid, text[], jsonb) to app, app_keyword;
grant execute on function app.keyword_fold(int) to app_system;
