/** The same figures of a year from the live tables, in UTC: what a query would cost without days that are kept. $1: the organization. */
const year = `>= now() - interval '365 days'`
const percentiles = (of: string): string => `percentile_cont(array[0.5, 0.95]) within group (order by ${of})`

export const baselines: Readonly<Record<string, readonly string[]>> = {
  overview: [
    `select date_trunc('day', created_at) as at, count(*), sum(size), sum(pages), count(*) filter (where state = 'ready'), count(*) filter (where state = 'failed')
      from document_version where org_id = $1 and created_at ${year} group by 1`,
    `select date_trunc('day', at) as at, count(distinct actor_id) from event where org_id = $1 and at ${year} group by grouping sets ((1), ())`,
    `select count(*) filter (where lifecycle = 'active'), count(*) from document where org_id = $1`,
    `select sum(size) from document_version where org_id = $1`,
  ],
  documents: [
    `select date_trunc('day', created_at) as at, count(*), sum(size), sum(pages) from document_version where org_id = $1 and created_at ${year} group by 1`,
    `select mime, count(*), sum(pages) from document_version where org_id = $1 and state = 'ready' and created_at ${year} group by 1`,
  ],
  processing: [
    `select date_trunc('day', state_changed_at) as at, count(*) filter (where state = 'ready'), count(*) filter (where state = 'failed'), sum(pages) from document_version
      where org_id = $1 and state_changed_at ${year} group by 1`,
    `select s.key, count(*), ${percentiles('s.value::bigint')} from document_version v, jsonb_each_text(v.stage_ms) s where v.org_id = $1 and v.state = 'ready' and v.state_changed_at ${year} group by 1`,
    `select ${percentiles('waited_ms')} from document_version where org_id = $1 and state = 'ready' and state_changed_at ${year}`,
    `select reason, count(*) from document_version where org_id = $1 and state = 'failed' and state_changed_at ${year} group by 1`,
  ],
  flows: [
    `select flow_id, state, count(*), ${percentiles('extract(epoch from ended_at - created_at)')} from flow_run where org_id = $1 and ended_at ${year} group by 1, 2`,
    `select r.flow_id, s.stage, count(*), ${percentiles('extract(epoch from s.closed_at - s.opened_at)')} from flow_step s join flow_run r on r.org_id = s.org_id and r.id = s.run_id
      where s.org_id = $1 and s.closed_at ${year} group by 1, 2`,
  ],
  search: [
    `select date_trunc('day', at) as at, count(*), count(*) filter (where hits = 0) from search_query where org_id = $1 and at ${year} group by 1`,
    `select ${percentiles('took_ms')} from search_query where org_id = $1 and at ${year}`,
  ],
}
