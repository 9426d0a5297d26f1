import type pg from 'pg'

/** The model that seeded vectors claim to be of. */
export const MODEL = 'bench:random'
const VOCABULARY = 5000
const WORDS = 60
/** Topics of which passages are about three; and what sets passages of the same ones apart, two of these at half the weight. */
const [TOPICS, SHADES] = [200, 2_000]
const DIMENSIONS = 384

/**
 * Passages, their words and their vectors for every document that has none, and the word statistics, past services and triggers. Words are drawn
 * so that few are common; a vector is the sum of three topics and two shades, so that near ones exist and no two are alike. The HNSW index is built
 * anew, as a bulk load would; with a million rows that takes 2 GB of memory and some minutes.
 */
export async function seedPassages(client: pg.Client, { perDocument = 1 }: { perDocument?: number } = {}): Promise<void> {
  const { rows: [hnsw] } = await client.query<{ indexdef: string }>(`select indexdef from pg_indexes where indexname = 'passage_vector_near'`)
  if (hnsw === undefined) throw new Error('there is no index passage_vector_near')
  await client.query('set session_replication_role = replica')
  await client.query('drop index passage_vector_near')
  await client.query(`
    with fresh as (
      select org_id, id, current_version_id from document d where not exists (select from passage p where p.org_id = d.org_id and p.document_id = d.id)
    )
    insert into passage (org_id, document_id, version_id, ordinal, page, char_start, char_end, text, language)
    select f.org_id, f.id, f.current_version_id, n, 1, 0, length(t.text), t.text, 'en' from fresh f cross join generate_series(1, ${perDocument}) n cross join lateral (
      select string_agg('w' || floor(${VOCABULARY} * power(random(), 3))::int, ' ') as text from generate_series(1, ${WORDS}) where f.id is not null and n > 0) t`)
  await client.query(`
    insert into passage_keyword (passage_id, org_id, document_id, version_id, config, tsv, dl)
    select p.id, p.org_id, p.document_id, p.version_id, 'english', t.tsv, length(t.tsv) from passage p cross join lateral (select to_tsvector('english', p.text) tsv) t
    where not exists (select from passage_keyword k where k.passage_id = p.id)`)
  await client.query(`create temp table if not exists direction as select n, (select array_agg(random() - 0.5) from generate_series(1, ${DIMENSIONS}) where n > 0)::real[]::halfvec v
    from generate_series(1, ${TOPICS + SHADES}) n`)
  await client.query(`
    with picked as materialized (
      select p.*, 1 + floor(${TOPICS} * random())::int a, 1 + floor(${TOPICS} * random())::int b, 1 + floor(${TOPICS} * random())::int c,
        ${TOPICS + 1} + floor(${SHADES} * random())::int s, ${TOPICS + 1} + floor(${SHADES} * random())::int t from passage p
      where not exists (select from passage_vector v where v.org_id = p.org_id and v.passage_id = p.id)
    )
    insert into passage_vector (org_id, passage_id, document_id, version_id, model, in_language, dimensions, embedding)
    select p.org_id, p.id, p.document_id, p.version_id, '${MODEL}', true, 384, l2_normalize(x.v + y.v + z.v + (s.v + t.v) * array_fill(0.5, array[${DIMENSIONS}])::halfvec)
    from picked p join direction x on x.n = p.a join direction y on y.n = p.b join direction z on z.n = p.c join direction s on s.n = p.s join direction t on t.n = p.t`)
  await client.query('delete from kw_term; delete from kw_stat')
  await client.query(`insert into kw_stat (org_id, config, n, len) select org_id, config, count(*), sum(dl) from passage_keyword group by 1, 2`)
  await client.query(`insert into kw_term (org_id, lexeme, df) select k.org_id, l, count(*) from passage_keyword k, unnest(tsvector_to_array(k.tsv)) l group by 1, 2`)
  await client.query(`set maintenance_work_mem = '2GB'`)
  await client.query(hnsw.indexdef)
  await client.query('set session_replication_role = origin')
  await client.query('vacuum analyze passage, passage_keyword, passage_vector, kw_term, kw_stat, document, document_version, document_reader')
}

/** Vectors that texts of a person who asks may have: about two of the topics that passages are about. The same for the same text. */
export async function topicVectors(client: pg.Client): Promise<(text: string) => Float32Array> {
  const { rows } = await client.query<{ v: string }>('select v::text from direction where n <= $1 order by n', [TOPICS])
  const topics = rows.map(({ v }) => JSON.parse(v) as number[])
  return (text) => {
    const own = vectorOf(text)
    const [one, other] = [own[0] ?? 0, own[1] ?? 0].map((x) => topics[Math.floor((x + 0.5) * TOPICS) % TOPICS] ?? [])
    return own.map((x, i) => (one?.[i] ?? 0) + (other?.[i] ?? 0) + x / 2)
  }
}

/** What a person might ask of these passages: three words, one of them rare. */
export const queryOf = (n: number): string => `w${(n * 7) % 40} w${50 + (n * 31) % 900} w${1000 + (n * 97) % 4000}`

/** A direction that is the same for the same text, as an embedder must answer; not one of the seeded ones. */
export function vectorOf(text: string): Float32Array {
  let seed = 7
  for (const character of text) seed = (seed * 31 + (character.codePointAt(0) ?? 0)) % 2_147_483_647
  const vector = new Float32Array(DIMENSIONS)
  for (let i = 0; i < DIMENSIONS; i += 1) {
    seed = (seed * 48_271) % 2_147_483_647
    vector[i] = seed / 2_147_483_647 - 0.5
  }
  return vector
}

/** Who may come in: accounts with a session each, alone in organizations of their own. The tables that say who calls grow by as many rows. */
export async function seedPeople(client: pg.Client, people: number): Promise<void> {
  await client.query('create temp table newcomer (org_id uuid default gen_random_uuid(), user_id uuid default gen_random_uuid(), n int)')
  await client.query('insert into newcomer (n) select generate_series(1, $1::int)', [people])
  await client.query(`
    insert into org (id, slug, name) select org_id, 'crowd-' || n, 'Crowd ' || n from newcomer;
    insert into user_account (id, email, name, password_hash) select user_id, 'crowd-' || n || '@example.test', '', '' from newcomer;
    insert into membership (org_id, user_id, role) select org_id, user_id, 'owner' from newcomer;
    insert into session (id, user_id, expires_at) select encode(sha256(user_id::text::bytea), 'hex'), user_id, now() + interval '20 days' from newcomer;
    insert into api_key (id, org_id, user_id, name, prefix, secret_hash, scopes) select gen_random_uuid(), org_id, user_id, 'k', 'prefix-' || n, 'x', '{documents:read}' from newcomer;
    drop table newcomer`)
  await client.query('analyze org, user_account, membership, session, api_key')
}

export type Scans = { readonly rows: number; readonly sequential: number; readonly indexed: number }

/**
 * Rows and scans of each table with a tenant, and of those that say who calls, since the statistics began. Sessions report when they end: close
 * the pool that is looked at before asking. Counted where it happens, so it holds for the plans that were used, those inside functions included.
 */
export async function scansOf(client: pg.Client): Promise<Map<string, Scans>> {
  // Its own, of what it seeded, would be told a second later.
  await client.query('select pg_stat_force_next_flush()')
  const { rows } = await client.query<Scans & { name: string }>(`
    select s.relname as name, c.reltuples::int as rows, s.seq_scan::int as sequential, coalesce(s.idx_scan, 0)::int as indexed
    from pg_stat_user_tables s join pg_class c on c.oid = s.relid
    where s.schemaname = 'public' and (s.relname in ('org', 'user_account', 'session') or exists (
      select from pg_attribute a where a.attrelid = s.relid and a.attname = 'org_id' and not a.attisdropped))`)
  return new Map(rows.map(({ name, ...scans }) => [name, scans]))
}

/** The tables that were read from end to end in between; those of fewer than `small` rows are best read so. */
export const readWhole = (before: Map<string, Scans>, after: Map<string, Scans>, small: number): string[] =>
  [...after].filter(([name, { rows, sequential }]) => rows >= small && sequential > (before.get(name)?.sequential ?? 0)).map(([name]) => name)
