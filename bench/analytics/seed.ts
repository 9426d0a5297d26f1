import type { TestOrg } from '@intellidocs/testing'
import type pg from 'pg'

export type Size = { readonly documents: number; readonly runs: number; readonly queries: number }

/**
 * A year that ends today, as rows and as the events that the product writes of them: documents that were read or failed, runs of twenty flows with two stages, and
 * queries. Times spread over a range as real ones do (log-normal).
 */
export async function seedYear(admin: pg.Client, { org, owner, system }: TestOrg, { documents, runs, queries }: Size): Promise<void> {
  const at = `now() - random() * interval '364 days'`
  const spread = (median: number, of: string): string => `(${median} * exp(1.2 * sqrt(-2 * ln(greatest(1e-9, random()))) * cos(6.2832 * random())) + 0 * ${of})::bigint`
  const [o, who, sys] = [`'${org.id}'::uuid`, `'${owner.userId}'::uuid`, `'${system.userId}'::uuid`]
  const run = async (statements: readonly string[]): Promise<void> => {
    await admin.query('begin')
    for (const statement of statements) await admin.query(statement)
    await admin.query('commit')
  }
  await run([
    `create temp table told on commit preserve rows as select org_id, type, actor_id, document_id, payload, at from event where false`,
    `create temp table person on commit preserve rows as select n, gen_random_uuid() as id from generate_series(0, 199) n`,
    `create temp table made on commit preserve rows as select n, gen_random_uuid() as d, gen_random_uuid() as v, ${at} as at, (1000 + random() * 5e6)::bigint as size,
      (1 + random() * 20)::int as pages, random() < 0.97 as ok, random() < 0.3 as ocr, (random() * 199)::int as person,
      (array['application/pdf', 'text/plain', 'image/png', 'message/rfc822'])[1 + (random() * 3)::int] as mime,
      (array['corrupt', 'password_required', 'cpu_limit', 'unsupported_type'])[1 + (random() * 3)::int] as reason,
      ${spread(800, 'n')} as waited, ${spread(300, 'n')} as extract, ${spread(4000, 'n')} as ocr_ms, ${spread(150, 'n')} as embed from generate_series(1, ${documents}) n`,
    `insert into document (id, org_id, owner_id, name, current_version_id, created_at) select d, ${o}, ${who}, 'd', v, at from made`,
    `insert into document_version (id, org_id, document_id, number, file_name, sha256, size, mime, state, reason, pages, pages_done, created_by, created_at, state_changed_at, waited_ms, stage_ms)
      select v, ${o}, d, 1, 'f', repeat('a', 64), size, mime, case when ok then 'ready' else 'failed' end, case when ok then null else reason end, pages, pages, ${who}, at, at, waited,
        jsonb_build_object('extract', extract, 'embed', embed) || case when ocr then jsonb_build_object('ocr', ocr_ms) else '{}' end from made`,
    `insert into told (org_id, type, actor_id, document_id, payload, at) select ${o}, 'documents.uploaded.v1', p.id, d,
      jsonb_build_object('documentId', d, 'versionId', v, 'attempt', 1, 'name', 'f', 'size', size, 'number', 1), at from made join person p on p.n = made.person`,
    `insert into told (org_id, type, actor_id, document_id, payload, at) select ${o}, case when ok then 'documents.ready.v1' else 'documents.failed.v1' end, ${sys}, d,
      jsonb_build_object('documentId', d, 'versionId', v, 'attempt', 1) || case when ok then jsonb_build_object('pages', pages, 'reading', jsonb_build_object('mime', mime,
        'ocrPages', case when ocr then pages else 0 end, 'waitedMs', waited, 'stagesMs', jsonb_build_object('extract', extract, 'embed', embed)
          || case when ocr then jsonb_build_object('ocr', ocr_ms) else '{}' end)) else jsonb_build_object('reason', reason) end, at + interval '1 minute' from made`,
  ])
  await run([
    `create temp table flows on commit preserve rows as select n, gen_random_uuid() as id from generate_series(0, 19) n`,
    `insert into flow (id, org_id, name, draft, version, created_by) select id, ${o}, 'Flow ' || n, '{}', 1, ${who} from flows`,
    `insert into flow_version (org_id, flow_id, version, spec, published_by) select ${o}, id, 1, '{}', ${who} from flows`,
    `create temp table ran on commit preserve rows as select m.n, gen_random_uuid() as id, f.id as flow, m.d, ${at} as at, ${spread(8.64e7, 'm.n')} as one, ${spread(3.6e6, 'm.n')} as two,
      random() < 0.1 as late, (random() * 199)::int as person from made m join flows f on f.n = m.n % 20 where m.n <= ${runs}`,
    `insert into flow_run (id, org_id, flow_id, flow_version, document_id, version, state, requester_id, created_at, state_changed_at, ended_at)
      select id, ${o}, flow, 1, d, 1, 'approved', ${who}, at, at, at + (one + two) * interval '1 ms' from ran`,
    `insert into flow_step (id, org_id, run_id, stage, round, state, content_sha256, opened_at, closed_at)
      select gen_random_uuid(), ${o}, id, s.stage, 1, 'approved', repeat('a', 64), at, at + case s.stage when 'one' then one else two end * interval '1 ms' from ran, (values ('one'), ('two')) s(stage)`,
    `insert into told (org_id, type, actor_id, document_id, payload, at) select ${o}, 'workflows.run-started.v1', ${who}, d,
      jsonb_build_object('runId', id, 'documentId', d, 'flowId', flow, 'flowVersion', 1, 'versionId', d), at from ran`,
    `insert into told (org_id, type, actor_id, document_id, payload, at) select ${o}, 'workflows.stage-closed.v1', ${sys}, d, jsonb_build_object('runId', id, 'documentId', d,
      'stage', s.stage, 'round', 1, 'outcome', 'approved', 'timing', jsonb_build_object('flowId', flow, 'tookMs', case s.stage when 'one' then one else two end, 'late', late)), at
      from ran, (values ('one'), ('two')) s(stage)`,
    `insert into told (org_id, type, actor_id, document_id, payload, at) select ${o}, 'workflows.task-decided.v1', p.id, d, jsonb_build_object('runId', ran.id, 'documentId', d,
      'taskId', ran.id, 'byId', p.id, 'verdict', 'approve', 'timing', jsonb_build_object('flowId', flow, 'tookMs', one, 'late', late)), at from ran join person p on p.n = ran.person`,
    `insert into told (org_id, type, actor_id, document_id, payload, at) select ${o}, 'workflows.run-ended.v1', ${sys}, d, jsonb_build_object('runId', id, 'documentId', d,
      'flowId', flow, 'outcome', 'approved', 'requesterId', ${who}, 'tookMs', one + two), at from ran`,
  ])
  await run([
    `insert into search_query (id, org_id, user_id, at, mode, hits, took_ms, hash, counted) select gen_random_uuid(), ${o}, p.id, ${at}, 'hybrid', case when random() < 0.1 then 0 else 10 end,
      ${spread(40, 'g.n')}, 'h', true from generate_series(1, ${queries}) g(n) join person p on p.n = g.n % 200`,
    `insert into told (org_id, type, actor_id, payload, at) select ${o}, 'search.queries-counted.v1', ${sys}, jsonb_build_object('from', to_char(slot at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.000"Z"'),
      'queries', jsonb_agg(jsonb_build_object('userId', user_id, 'mode', mode, 'empty', hits = 0, 'tookMs', took_ms)), 'opened', '[1, 3, 12]'::jsonb), slot
      from (select *, date_bin('15 minutes', at, 'epoch') as slot from search_query where org_id = ${o}) q group by slot`,
    // As they happened, so that what is counted lies beside what was counted around it.
    `insert into event (org_id, type, actor_id, document_id, payload, at) select org_id, type, actor_id, document_id, payload, at from told order by at`,
    `insert into analytics_org (org_id, per_person, collected_to) values (${o}, true, 0) on conflict (org_id) do update set per_person = true, collected_to = 0`,
  ])
  await admin.query('vacuum analyze')
}
