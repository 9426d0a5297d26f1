import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { signerFrom } from '@intellidocs/audit'
import { newId } from '@intellidocs/kernel'
import { ask, type BackupHouse } from '../backup/backup.testkit.ts'
import { readLines, writeLines } from '../backup/lines.ts'
import { openModules } from '../open-modules.ts'
import { paths } from './folder.ts'
import { formatManifest, readManifest, type OrgManifest } from './manifest.ts'
import type { Line } from './rows.ts'

const words = (orgId: string, passageId: number): string[] => [
  `insert into passage_keyword (passage_id, org_id, document_id, version_id, config, tsv, dl)
    select id, org_id, document_id, version_id, 'simple', to_tsvector('simple', text), 2 from passage where id = ${passageId}`,
  `insert into passage_vector (org_id, passage_id, document_id, version_id, model, in_language, dimensions, embedding)
    select org_id, id, document_id, version_id, 'm', true, 384, array_fill(0.25, array[384])::halfvec(384) from passage where id = ${passageId}`,
  `insert into search_model (org_id, model) values ('${orgId}', 'm') on conflict do nothing`,
  `insert into kw_term (org_id, lexeme, df) values ('${orgId}', 'words', 1) on conflict do nothing`,
  `insert into kw_stat (org_id, config, n, len) values ('${orgId}', 'simple', 1, 2) on conflict do nothing`,
]

function rulesAndFigures({ orgId, ownerId, documentId, memberId }: Record<'orgId' | 'ownerId' | 'documentId' | 'memberId', string>): string[] {
  const [holdId, ruleId, queryId] = [newId(), newId(), newId()]
  return [
    `insert into erased_person (org_id, user_id, pseudonym, erased_at, erased_by) values ('${orgId}', '${newId()}', 'Former member', now(), '${ownerId}')`,
    `insert into retention_hold (id, org_id, name, reason, kind, placed_by) values ('${holdId}', '${orgId}', 'case', 'court', 'documents', '${ownerId}')`,
    `insert into retention_held (org_id, hold_id, document_id) values ('${orgId}', '${holdId}', '${documentId}')`,
    `insert into retention_rule (id, org_id, name, kind, since, keep_days, needs_release, set_by, set_at) values ('${ruleId}', '${orgId}', 'ten years', 'all', 'created', 3650, true, '${ownerId}', now())`,
    `insert into retention_setting (org_id, trash_days) values ('${orgId}', 30)`,
    `insert into retention_release (org_id, document_id, rule_id, wanted_at) values ('${orgId}', '${documentId}', '${ruleId}', now())`,
    `insert into retention_tombstone (id, org_id, document_id, body, key_id, signature, at) values ('${newId()}', '${orgId}', '${newId()}', '{}', 'k', 's', now())`,
    `insert into search_query (id, org_id, user_id, mode, hits, took_ms, hash) values ('${queryId}', '${orgId}', '${memberId}', 'keyword', 1, 2, 'h')`,
    `insert into search_opened (org_id, query_id, document_id, position) values ('${orgId}', '${queryId}', '${documentId}', 1)`,
    `insert into search_words (org_id, day, words, queries, empty, opened) values ('${orgId}', current_date, 'w', 1, 0, 1)`,
    `insert into analytics_org (org_id) values ('${orgId}') on conflict do nothing`,
    `insert into analytics_fact (org_id, event_id, at, facts) values ('${orgId}', 1, now(), '{}')`,
    `insert into analytics_day (org_id, generation, metric, day, dim, n, total, peak, bins) values ('${orgId}', 1, 'm', current_date, '', 1, 2, 3, '[40:42]={1,NULL,2}')`,
    `insert into analytics_month (org_id, generation, metric, month, dim, n, total, peak) values ('${orgId}', 1, 'm', date_trunc('month', current_date), '', 1, 2, 3)`,
    `insert into analytics_person (org_id, generation, month, person, days) values ('${orgId}', 1, date_trunc('month', current_date), 'p', 5)`,
    `insert into share_policy (org_id, links, password_required, whole_addresses, presets) values ('${orgId}', 'allowed', true, false, '[]')`,
  ]
}

/** A row of every kind that an export carries, and some of those that it leaves behind; and the audit of it, sealed but for its end. */
export async function furnish(house: BackupHouse): Promise<{ orgId: string; ownerId: string; memberId: string; documentId: string }> {
  const { adminUrl } = house.api.database
  await house.cli('tag', 'one.txt', '+kept', '+żółty')
  await house.cli('set', 'one.txt', 'amount=12.5', 'note=za "2" zł')
  const [found] = await ask(adminUrl, `select o.id::text as "orgId", m.user_id::text as "ownerId", d.id::text as "documentId", d.current_version_id::text as "versionId"
    from org o join membership m on m.org_id = o.id join document d on d.org_id = o.id and d.name = 'one.txt'`)
  const { orgId = '', ownerId = '', documentId = '', versionId = '' } = found as Record<string, string>
  const [memberId, folderId, roleId, groupId, flowId, runId, stepId, taskId] = Array.from({ length: 8 }, () => newId())
  const sha = 'a'.repeat(64)
  for (const sql of [
    `insert into user_account (id, email, name, password_hash, platform_admin, email_verified_at, locale) values ('${memberId}', 'żaneta@example.org', 'Żaneta', 'x', true, now(), 'pt')`,
    `insert into org_role (id, org_id, name, permissions) values ('${roleId}', '${orgId}', 'Readers', '{documents:read}')`,
    `insert into membership (org_id, user_id, role, role_id) values ('${orgId}', '${memberId}', 'custom', '${roleId}')`,
    `insert into org_group (id, org_id, name) values ('${groupId}', '${orgId}', 'Law')`,
    `insert into group_member (org_id, group_id, user_id) values ('${orgId}', '${groupId}', '${memberId}')`,
    `insert into folder (id, org_id, name, created_by, path) values ('${folderId}', '${orgId}', 'a/../b', '${ownerId}', '{${folderId}}')`,
    `insert into access_grant (id, org_id, folder_id, principal, level, granted_by) values ('${newId()}', '${orgId}', '${folderId}', 'group:${groupId}', 'view', '${ownerId}')`,
    `update document_version set password_cipher = '\\x01' where id = '${versionId}'`,
    `insert into document_sketch (org_id, version_id, document_id, attempt, sketch, bands) values ('${orgId}', '${versionId}', '${documentId}', 1, '{1,-2}', '{3}') on conflict do nothing`,
    `insert into page_layout (org_id, version_id, number, boxes, attempt) select org_id, version_id, number, '\\x00ff', attempt from page where org_id = '${orgId}' and version_id = '${versionId}' on conflict do nothing`,
    `insert into search_view (id, org_id, owner_id, name, shared, query, filters, mode, sort) values ('${newId()}', '${orgId}', '${memberId}', 'Roofs', true, 'roof', '{"types": ["pdf"]}', 'hybrid', 'newest')`,
    `insert into passage (org_id, document_id, version_id, ordinal, page, char_start, char_end, text) values ('${orgId}', '${documentId}', '${versionId}', 0, 1, 0, 5, E'words\\n"\\u2028')`,
    `insert into flow (id, org_id, name, draft, version, created_by) values ('${flowId}', '${orgId}', 'Sign-off', '{"a": 1.50}', 1, '${ownerId}')`,
    `insert into flow_version (org_id, flow_id, version, spec, published_by) values ('${orgId}', '${flowId}', 1, '{"a": 1.50}', '${ownerId}')`,
    `insert into flow_run (id, org_id, flow_id, flow_version, document_id, version, state, reason, requester_id, created_at, state_changed_at, ended_at, ended_by)
      values ('${runId}', '${orgId}', '${flowId}', 1, '${documentId}', 1, 'approved', 'decided', '${ownerId}', now(), now(), now(), '${memberId}')`,
    `insert into flow_step (id, org_id, run_id, stage, round, state, content_sha256, opened_at, closed_at) values ('${stepId}', '${orgId}', '${runId}', 'a', 1, 'approved', '${sha}', now(), now())`,
    `insert into flow_task (id, org_id, run_id, step_id, assignee_id, why, version, content_sha256, created_at, state, ended_at, decision, decision_id, second_factor)
      values ('${taskId}', '${orgId}', '${runId}', '${stepId}', '${memberId}', 'asked', 1, '${sha}', now(), 'decided', now(), 'approve', '${newId()}', false)`,
    `insert into flow_decision (id, org_id, run_id, task_id, user_id, idempotency_key, request_hash, verdict, content_sha256, second_factor, actor_kind, request_id, state, answer, settled_at)
      values ('${newId()}', '${orgId}', '${runId}', '${taskId}', '${memberId}', 'k', 'h', 'approve', '${sha}', false, 'user', 'r', 'settled', '{}', now())`,
    `insert into flow_comment (id, org_id, run_id, author_id, text, mentions, attachments) values ('${newId()}', '${orgId}', '${runId}', '${memberId}', 'fine', '{${ownerId}}', '{}')`,
    `insert into flow_effect (org_id, run_id, ordinal, state) values ('${orgId}', '${runId}', 0, 'done')`,
    `insert into flow_certificate (org_id, run_id, body, issued_at) values ('${orgId}', '${runId}', '{"signed": true}', now())`,
    `insert into flow_digest (org_id, user_id, day) values ('${orgId}', '${memberId}', current_date)`,
    `insert into delegation (id, org_id, from_id, to_id, starts_at, ends_at, created_by) values ('${newId()}', '${orgId}', '${ownerId}', '${memberId}', now(), now() + interval '1 day', '${ownerId}')`,
    `insert into notification (id, org_id, user_id, source, kind, actor_id, document_id, facts, at, in_inbox, mail) values ('${newId()}', '${orgId}', '${memberId}', 'event:1', 'documents', '${ownerId}', '${documentId}', '{}', now(), true, 'off')`,
    `insert into notification_preference (org_id, user_id, kind, live, inbox, mail) values ('${orgId}', '${memberId}', 'documents', true, true, 'off')`,
    `insert into notification_rhythm (org_id, user_id, digest) values ('${orgId}', '${memberId}', 'daily')`,
    `insert into notification_digest (org_id, user_id, begun_at, notice_id) values ('${orgId}', '${memberId}', now(), '${newId()}')`,
    `insert into api_key (id, org_id, user_id, name, prefix, secret_hash, scopes) values ('${newId()}', '${orgId}', '${memberId}', 'k', 'prefix', 'x', '{documents:read}')`,
    `insert into invitation (id, org_id, email, role, token_hash, invited_by, expires_at) values ('${newId()}', '${orgId}', 'new@example.org', 'viewer', 'x', '${ownerId}', now() + interval '1 day')`,
    `insert into kw_delta (org_id, config, n, len, lexemes, dfs) values ('${orgId}', 'simple', 1, 2, '{words}', '{1}')`,
    ...rulesAndFigures({ orgId, ownerId, documentId, memberId: memberId ?? '' }),
  ]) await ask(adminUrl, sql)
  const [passage] = await ask(adminUrl, 'select max(id)::int as id from passage')
  for (const sql of words(orgId, Number(passage?.['id']))) await ask(adminUrl, sql)
  const { modules, close } = await openModules(house.api.env)
  try {
    do await modules.audit.seal()
    while (await modules.audit.lag() > 0)
  } finally {
    await close()
  }
  await house.cli('tag', 'two.txt', '+unsealed')
  return { orgId, ownerId, memberId: memberId ?? '', documentId }
}

/** Writes a table of an export anew, and everything that names it, as somebody would who has no key of the place: with one of their own. */
export async function forge(dir: string, change: { table?: string; lines?: (lines: Line[]) => unknown[]; manifest?: (manifest: OrgManifest) => object }): Promise<void> {
  const at = paths(dir)
  const { manifest } = await readManifest(at.manifest, [])
  if (change.table !== undefined) {
    const lines: Line[] = []
    for await (const batch of readLines<Line>(at.table(change.table))) lines.push(...batch)
    await rm(at.table(change.table))
    const written = await writeLines(at.table(change.table), (async function* () { yield change.lines?.(lines) ?? lines })())
    const { bytes, sha256 } = written.file
    manifest.tables = manifest.tables.map((table) => (table.name === change.table ? { ...table, rows: written.lines, file: { bytes, sha256 } } : table))
  }
  const signer = signerFrom(createHash('sha256').update('a forger').digest())
  const forged = { ...manifest, publicKey: signer.publicKey, ...change.manifest?.(manifest) } as OrgManifest
  await writeFile(at.manifest, formatManifest(forged, signer))
}

export async function flip(path: string): Promise<void> {
  const bytes = await readFile(path)
  const at = Math.floor(bytes.length / 2)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  await writeFile(path, bytes)
}
