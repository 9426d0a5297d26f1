/*
 * What was made for whoever reads little is not made for whoever reads much. The planner takes the documents that somebody may read for one, because it cannot
 * know the tenant, so it began with all of them and looked into each for the words: 241 ms in 100,000 passages. Each statement here begins with what the words
 * find and asks who may read last: 34 ms.
 */

/* Can somebody read more documents than p_many? Counted in the readers alone, so rather yes than no; only for choosing a way to ask. */
create function app.reads_many(p_org uuid, p_principals text[], p_many int) returns boolean language sql stable as $$
  select count(*) > p_many from (select from public.document_reader r where r.org_id = (select p_org) and r.principal = any ((select p_principals)::text[]) limit p_many + 1) r
$$;

/*
 * BM25 over the passages of the tenant that is set, of published versions of active documents that one of p_principals may read.
 * p_terms are single stems; those of equal p_words are spellings of one word, whose best counts, with weight p_weights[word] = (k1+1)*idf.
 * For one stem ts_rank('{1,1,1,1}') is H2(tf)/1.645 (H2(n) = sum of 1/i^2), and s/(s+k(1-s)) with k = K/0.645 is BM25's tf/(tf+K): exact at
 * tf = 1, within 6 % above. p_base + p_slope * dl is that k. Candidates match p_match, the best passage of each document is returned;
 * with p_ids these passages are scored instead, each. Numeric literals would halve the speed: everything is float8 or float4.
 * Who reads a thousand documents at most has their versions named; else readers are asked from the best passage on, until p_limit may be read. Of a document's
 * versions one at most is searchable, so its best passage is chosen in each. Whoever has very many readers' rows is not asked how many documents these are.
 */
create or replace function app.keyword_search(
  p_match tsquery, p_terms tsquery[], p_words int[], p_weights float8[], p_base float8, p_slope float8,
  p_principals text[], p_filters jsonb, p_ids bigint[], p_limit int
) returns table (passage_id bigint, document_id uuid, score float8)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set plan_cache_mode = force_custom_plan as $fn$
declare
  v_org uuid := app.org_id();
  v_versions uuid[]; v_where text; v_readable text := ''; v_ranks text := ''; v_sum text := ''; v_word int; v_spellings text;
begin
  if v_org is null or cardinality(p_terms) is null or cardinality(p_weights) > 64 then return; end if;
  v_where := case when p_ids is null then 'c.tsv @@ $6' else 'c.passage_id = any($5)' end;
  if p_filters <> '{}' or not app.reads_many(v_org, p_principals, 10000) then
    v_versions := array(select s.version_id from app.searchable(v_org, p_principals, p_filters) s limit 1001);
    if cardinality(v_versions) = 0 then return; end if;
  end if;
  if cardinality(v_versions) <= 1000 then
    v_where := v_where || ' and c.version_id = any($4)';
  else
    v_readable := ' where coalesce((select true from app.searchable($1, $2, $3) s where s.document_id = b.doc and s.version_id = b.version limit 1), false)';
  end if;

  for v_word in 1..cardinality(p_weights) loop
    select string_agg(format('ts_rank(''{1,1,1,1}'', c.tsv, $7[%s])', i), ', ') into v_spellings from unnest(p_words) with ordinality u(word, i) where word = v_word;
    if v_spellings is null then continue; end if;
    v_ranks := v_ranks || format(', greatest(%s) s%s', v_spellings, v_word);
    v_sum := v_sum || format(' + $8[%1$s] * s%1$s / (s%1$s + k * (1 - s%1$s))', v_word);
  end loop;
  return query execute
    'select b.id, b.doc, b.score from (select * from (select ' || case when p_ids is null then 'distinct on (x.doc, x.version)' else '' end
    || ' x.id, x.doc, x.version, (' || substr(v_sum, 4) || ')::float8 score from (select c.passage_id id, c.document_id doc, c.version_id version, $9 + $10 * c.dl k' || v_ranks
    || ' from passage_keyword c where c.org_id = (select $1) and ' || v_where || ' offset 0) x'
    || case when p_ids is null then ' order by x.doc, x.version, score desc, x.id' else '' end
    || ') y order by y.score desc, y.id offset 0) b' || v_readable || ' order by b.score desc, b.id limit $11'
    using v_org, p_principals, p_filters, v_versions, p_ids, p_match, p_terms, p_weights, p_base, p_slope, p_limit;
end $fn$;

/*
 * Documents of the tenant that is set in which a passage meets p_match, that one of p_principals may read and that meet the filters; at most p_limit. For
 * counting: in which order they come is not said. It must stay STABLE: whoever counts does not ask again who may read, in the same snapshot. Up to some ten thousand documents all that may be read are looked up at once; of more, those that were found.
 */
create or replace function app.keyword_documents(p_match tsquery, p_principals text[], p_filters jsonb, p_limit int) returns uuid[]
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  v_org uuid := app.org_id();
  v_versions uuid[];
begin
  if app.reads_many(v_org, p_principals, 25000) then
    return array(
      select f.document_id from (
        select distinct c.document_id, c.version_id from passage_keyword c where c.org_id = (select v_org) and c.tsv @@ p_match offset 0
      ) f where coalesce((select true from app.searchable(v_org, p_principals, p_filters) s where s.document_id = f.document_id and s.version_id = f.version_id limit 1), false)
      limit p_limit);
  end if;
  v_versions := array(select s.version_id from app.searchable(v_org, p_principals, p_filters) s);
  return array(
    select distinct f.document_id from (
      select c.document_id, c.version_id from passage_keyword c where c.org_id = (select v_org) and c.tsv @@ p_match offset 0
    ) f where f.version_id = any (v_versions) limit p_limit);
end $$;

revoke all on function app.reads_many(uuid, text[], int) from public;
grant execute on function app.reads_many(uuid, text[], int) to app_keyword;
