import pg from 'pg'
import type { Corpus } from './corpus.ts'
import type { Timed } from './metrics.ts'

const INSERT_AT_ONCE = 500

/** What a tutorial would build, in the same Postgres: one tsvector a document under GIN, ts_rank, all words or any word. No tenant, no readers. */
export async function runBaselines(adminUrl: string, corpus: Corpus): Promise<{ and: Timed; or: Timed; config: string }> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const config = await languageOf(client)
    await client.query('create schema if not exists bench; drop table if exists bench.document; create table bench.document (id text primary key, tsv tsvector not null)')
    for (let i = 0; i < corpus.documents.length; i += INSERT_AT_ONCE) {
      const part = corpus.documents.slice(i, i + INSERT_AT_ONCE)
      await client.query(`insert into bench.document select id, to_tsvector($1::regconfig, text) from unnest($2::text[], $3::text[]) d(id, text)`,
        [config, part.map((d) => d.id), part.map((d) => `${d.title}\n${d.text}`.replaceAll('\0', ' '))])
    }
    await client.query('create index document_words on bench.document using gin (tsv); analyze bench.document')
    const ranked = (tsquery: string) => `select d.id from bench.document d, (select ${tsquery} q) a where d.tsv @@ a.q order by ts_rank(d.tsv, a.q) desc, d.id limit 100`
    const or = `(select string_agg(quote_literal(l), ' | ') from unnest(tsvector_to_array(to_tsvector($1::regconfig, $2))) l)::tsquery`
    return {
      and: await timed(client, corpus, ranked('websearch_to_tsquery($1::regconfig, $2)'), config),
      or: await timed(client, corpus, ranked(or), config),
      config,
    }
  } finally {
    await client.end()
  }
}

/** The language that most passages were found to be in, so that the baseline stems as well as we do. */
async function languageOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ config: string }>('select config from passage_keyword group by 1 order by count(*) desc limit 1')
  return rows[0]?.config ?? 'english'
}

async function timed(client: pg.Client, corpus: Corpus, sql: string, config: string): Promise<Timed> {
  const run = new Map<string, string[]>()
  const milliseconds: number[] = []
  for (const { id, text } of corpus.queries) {
    const since = performance.now()
    const { rows } = await client.query<{ id: string }>(sql, [config, text])
    milliseconds.push(performance.now() - since)
    run.set(id, rows.map((row) => row.id))
  }
  return { run, milliseconds }
}
