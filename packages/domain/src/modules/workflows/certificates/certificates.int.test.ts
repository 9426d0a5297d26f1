import { createHash } from 'node:crypto'
import { certificateFormat, readCertificate, verifyCertificate, type Certificate } from '@intellidocs/certificate'
import { newId } from '@intellidocs/kernel'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { FlowRunId } from '@intellidocs/contracts'
import { exportedLines } from '../../audit/test-audit.ts'
import { issuing, openCertificatesHouse, SECRET_KEY, type CertificatesHouse } from './certificates.testkit.ts'

let house: CertificatesHouse
beforeAll(async () => { house = await openCertificatesHouse() })
afterAll(() => house.close())

type Run = Awaited<ReturnType<CertificatesHouse['run']>>
/** A transaction anywhere on the server, of another test too, holds back the rows that are to be sealed. */
const issued = (run: Pick<Run, 'orgId' | 'runId'>, by = house.certificates): Promise<void> =>
  vi.waitFor(async () => expect(await issuing(by, run)).toBe('issued'), { timeout: 50_000, interval: 50 })
const get = async (run: Run): Promise<{ text: string; certificate: Certificate }> => {
  const { certificate: text } = await house.certificates.get(house.org.viewer, { id: run.runId })
  const certificate = readCertificate(text)
  if (certificate === null) throw new Error('no certificate')
  return { text, certificate }
}
const failing = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await work()
  } catch (error) {
    return error
  }
}
const stored = async (run: Run): Promise<unknown[]> => (await house.admin.query('select body from flow_certificate where run_id = $1', [run.runId])).rows
async function* each(lines: readonly string[]): AsyncGenerator<string> { yield* lines }

describe('a run that is over has a certificate', () => {
  let run: Run
  beforeAll(async () => {
    run = await house.run({ content: 'what was decided on' })
    await issued(run)
  })

  test('that says who decided what, in whose place, when, on which bytes and how they came in', async () => {
    const { org, owner, admin, editor, viewer } = house.org
    const { certificate } = await get(run)
    expect(certificate).toMatchObject({
      format: certificateFormat, org: { id: org.id, name: 'Hafen & Söhne' },
      run: { id: run.runId, requester: { id: viewer.userId, name: 'Hafen & Söhne viewer' }, began: 'request', note: 'please', outcome: 'approved', reason: 'decided', withdrawnBy: null },
      flow: { id: run.flowId, name: 'Contracts', version: 1, stages: ['legal', 'board'] },
      document: { id: run.documentId, version: 1, sha256: createHash('sha256').update('what was decided on').digest('hex'), size: 19 },
      stages: [
        { key: 'legal', name: 'Legal', round: 1, outcome: 'approved', rule: { rule: 'all' }, counts: true, keeps: false },
        { key: 'board', name: 'Board', round: 1, outcome: 'approved', rule: { rule: 'any' }, counts: true, keeps: true },
      ],
      decisions: [
        { stage: 'legal', person: { id: owner.userId, email: `owner-${owner.userId}@example.test` }, onBehalfOf: { id: editor.userId }, why: 'delegated', verdict: 'approve', contentSha256: run.sha256, secondFactor: true, via: 'session', comment: 'fine, says owner' },
        { stage: 'board', person: { id: admin.userId }, onBehalfOf: null, why: 'asked', secondFactor: false, via: 'apiKey' },
      ],
    })
    const stages = ['task-assigned', 'task-decided', 'stage-closed']
    expect(certificate.audit.rows.map(({ action }) => action)).toEqual([
      'run-started', ...stages, ...stages, 'run-ended',
    ].map((what) => `workflows.${what}.v1`))
    expect(certificate.decisions.map(({ row }) => certificate.audit.rows.find(({ seq }) => seq === row)?.action)).toEqual(['workflows.task-decided.v1', 'workflows.task-decided.v1'])
  })

  test('that holds offline, with the document and with an export of the audit', async () => {
    const { text } = await get(run)
    const keys = [house.certificates.key().publicKey]
    const lines = await exportedLines(house.audit, house.org.owner)
    expect(await verifyCertificate(Buffer.from(text), { keys, document: run.sha256, export: each(lines) })).toMatchObject({ ok: true, findings: [] })
    const filtered = await exportedLines(house.audit, house.org.owner, { subjectId: run.runId })
    expect(await verifyCertificate(Buffer.from(text), { keys, export: each(filtered) })).toMatchObject({ ok: true })
  })

  test('as a file of either kind, and each reading is written down', async () => {
    const keys = [house.certificates.key().publicKey]
    const reads = async (): Promise<number> => Number((await house.admin.query<{ n: string }>("select count(*) as n from audit where action = 'runs.certificate' and subject_id = $1", [run.runId])).rows[0]?.n)
    const before = await reads()
    const pdf = await house.certificates.file(house.org.viewer, { id: run.runId, format: 'pdf' })
    const json = await house.certificates.file(house.org.viewer, { id: run.runId, format: 'json' })
    expect([pdf.contentType, json.contentType]).toEqual(['application/pdf', 'application/json'])
    expect(await verifyCertificate(pdf.bytes, { keys })).toMatchObject({ ok: true, kind: 'pdf' })
    expect(await verifyCertificate(json.bytes, { keys })).toMatchObject({ ok: true, kind: 'json' })
    expect(await reads()).toBe(before + 2)
  })
})

test('it is issued once, whoever comes second or at the same moment', async () => {
  const run = await house.run()
  const other = house.process()
  await vi.waitFor(async () => {
    const all = await Promise.all([house.certificates, other.certificates, house.certificates, other.certificates].map((by) => issuing(by, run)))
    expect(all).toEqual(['issued', 'issued', 'issued', 'issued'])
  }, { timeout: 50_000, interval: 50 })
  const [before] = await stored(run)
  await issued(run)
  expect(await stored(run)).toEqual([before])
  const { rows } = await house.admin.query("select 1 from event where type = 'workflows.certificate-issued.v1' and payload->>'runId' = $1", [run.runId])
  expect(rows).toHaveLength(1)
})

test('runs that end together are certified together under one head of the audit, each for itself, and what stands against one is an answer about that one', async () => {
  const [first, unfinished, last] = [await house.run(), await house.run({ over: false }), await house.run()]
  const missing = newId() as FlowRunId
  const sealed = () => house.audit.proof.about(house.org.system, { type: 'flowRun', ids: [first.runId, last.runId] })
  await vi.waitFor(async () => expect([...(await sealed()).keys()].toSorted()).toEqual([first.runId, last.runId].toSorted()), { timeout: 50_000, interval: 50 })
  expect(await house.certificates.issue(first.orgId, [first.runId, unfinished.runId, missing, last.runId])).toEqual(['issued', 'not-yet', 'gone', 'issued'])
  const [one, other] = [await get(first), await get(last)]
  expect(one.certificate.audit.head).toEqual(other.certificate.audit.head)
  expect([one.certificate.run.id, other.certificate.run.id]).toEqual([first.runId, last.runId])
  for (const { text } of [one, other]) {
    expect(await verifyCertificate(Buffer.from(text), { keys: [house.certificates.key().publicKey], export: each(await exportedLines(house.audit, house.org.owner)) })).toMatchObject({ ok: true })
  }
  expect(await stored(unfinished)).toEqual([])
})

test('nobody has one before the run is over with all that its end does, and its rows are sealed', async () => {
  const run = await house.run({ over: false })
  expect(await issuing(house.certificates, run)).toBe('not-yet')
  await expect(house.certificates.get(house.org.viewer, { id: run.runId })).rejects.toMatchObject({ code: 'certificate.not_yet' })
  await house.end(run)
  await house.tamper(`update flow_run set effects_left = 1 where id = '${run.runId}'`)
  expect(await issuing(house.certificates, run)).toBe('not-yet')
  await house.tamper(`update flow_run set effects_left = 0 where id = '${run.runId}'`)
  expect(await issuing(house.process().certificates, { ...run, runId: newId() as FlowRunId })).toBe('gone')
  expect(await stored(run)).toEqual([])
  await issued(run)
})

test('rows that a transaction holds back are waited for', async () => {
  const run = await house.run()
  await house.admin.query('begin; select pg_current_xact_id()')
  const late = await house.run()
  expect(await issuing(house.certificates, late)).toBe('not-yet')
  await house.admin.query('commit')
  await issued(late)
  await issued(run)
})

test('one that was missed when the run ended is issued when somebody asks', async () => {
  const run = await house.run()
  await vi.waitFor(() => get(run), { timeout: 50_000, interval: 50 })
  expect(await stored(run)).toHaveLength(1)
})

test('who does not read the document cannot learn that there is a run', async () => {
  const run = await house.run()
  await issued(run)
  const stranger = await house.module.org('Other')
  const before = await house.module.events(house.org.owner)
  for (const actor of [stranger.owner, { ...house.org.viewer, principals: [] }]) {
    await expect(house.certificates.get(actor, { id: run.runId })).rejects.toMatchObject({ code: 'run.not_found' })
    await expect(house.certificates.file(actor, { id: run.runId, format: 'pdf' })).rejects.toMatchObject({ code: 'run.not_found' })
  }
  await expect(house.certificates.get(house.org.owner, { id: newId() as FlowRunId })).rejects.toMatchObject({ code: 'run.not_found' })
  expect(await house.module.events(house.org.owner)).toEqual(before)
})

test('the application can neither change a certificate nor take one away', async () => {
  const run = await house.run()
  await issued(run)
  const attempt = (sql: string) => house.runInTx(house.org.system, (tx) => tx.$executeRawUnsafe(sql))
  await expect(attempt(`update flow_certificate set body = ''`)).rejects.toThrow(/permission denied/)
  // But for those that name somebody who was erased: see the module `privacy`.
  expect(await attempt('delete from flow_certificate')).toBe(0)
})

test('after the secret key was changed the old certificate holds with the old key, and its pages are signed with it while it is known', async () => {
  const run = await house.run()
  await issued(run)
  const old = house.certificates.key().publicKey
  const secretKey = Buffer.alloc(32, 7)
  const knows = house.process({ secretKey, oldSecretKeys: [SECRET_KEY] }).certificates
  const forgot = house.process({ secretKey }).certificates
  const asked = { id: run.runId, format: 'pdf' as const }
  const { bytes } = await knows.file(house.org.viewer, asked)
  expect(await verifyCertificate(bytes, { keys: [old] })).toMatchObject({ ok: true })
  const { bytes: later } = await forgot.file(house.org.viewer, asked)
  expect((await verifyCertificate(later, { keys: [old] })).findings.map(({ code }) => code)).toEqual(['page.unknown-key'])
  expect(await verifyCertificate(later, { keys: [old, forgot.key().publicKey] })).toMatchObject({ ok: true })
  expect(knows.key().publicKey).not.toBe(old)
})

test('people whose account ended are told by their id', async () => {
  const run = await house.run()
  await house.tamper(`update user_account set status = 'deleted', name = 'Deleted account' where id = '${house.org.admin.userId}'`)
  await issued(run)
  const { certificate } = await get(run)
  expect(certificate.decisions[1]?.person).toEqual({ id: house.org.admin.userId, name: null, email: null })
  await house.tamper(`update user_account set status = 'active' where id = '${house.org.admin.userId}'`)
})

describe('nothing is signed that the sealed rows tell otherwise', () => {
  test.each<[string, (run: Run) => string, RegExp]>([
    ['a verdict, with all that follows of it', ({ runId }) => `update flow_task set decision = 'reject' where run_id = '${runId}' and why = 'asked';
      update flow_step set state = 'rejected' where run_id = '${runId}' and stage = 'board'; update flow_run set state = 'rejected' where id = '${runId}'`, /audit\.contradicts/],
    ['who decided', ({ runId }) => `update flow_task set assignee_id = '${house.org.owner.userId}' where run_id = '${runId}'`, /audit\.contradicts/],
    ['how they came in', ({ runId }) => `update flow_decision set actor_kind = 'user' where run_id = '${runId}'`, /audit\.contradicts/],
    ['a second factor', ({ runId }) => `update flow_task set second_factor = true where run_id = '${runId}'`, /audit\.contradicts/],
    ['a comment', ({ runId }) => `update flow_task set comment = 'never' where run_id = '${runId}'`, /audit\.contradicts/],
    ['the bytes', ({ runId }) => `update flow_task set content_sha256 = '${'a'.repeat(64)}' where run_id = '${runId}'`, /decision\.other-bytes 1/],
    ['another decision', ({ runId }) => `update flow_decision set id = gen_random_uuid() where run_id = '${runId}';
      update flow_task t set decision_id = d.id from flow_decision d where d.task_id = t.id and t.run_id = '${runId}'`, /the audit tells nothing of decision/],
    ['a voter who is not there any more', ({ runId }) => `delete from flow_task where run_id = '${runId}' and why = 'delegated'`, /stage\.outcome legal, round 1/],
    ['a withdrawal', ({ runId }) => `update flow_run set state = 'withdrawn' where id = '${runId}'`, /audit\.contradicts/],
  ])('%s', async (_, sql, how) => {
    const run = await house.run()
    await house.tamper(sql(run))
    const contradicted = { code: 'certificate.contradicted', cause: { message: expect.stringMatching(how) as string } }
    await vi.waitFor(async () => expect(await failing(() => issuing(house.certificates, run))).toMatchObject(contradicted), { timeout: 50_000, interval: 50 })
    expect(await stored(run)).toEqual([])
    await expect(house.certificates.get(house.org.viewer, { id: run.runId })).rejects.toMatchObject({ code: 'certificate.contradicted' })
  })
})

test('who may not see who the members are cannot read it, and learns nothing of the run', async () => {
  const run = await house.run()
  await issued(run)
  const { org, module } = house
  const narrow = { ...org.viewer, kind: 'apiKey' as const, permissions: new Set([...org.viewer.permissions].filter((permission) => permission !== 'members:read')) }
  const before = await module.events(org.owner)
  for (const id of [run.runId, newId() as FlowRunId]) {
    await expect(house.certificates.get(narrow, { id })).rejects.toMatchObject({ code: 'auth.forbidden' })
    await expect(house.certificates.file(narrow, { id, format: 'pdf' })).rejects.toMatchObject({ code: 'auth.forbidden' })
  }
  expect(await module.events(org.owner)).toEqual(before)
})

// The last: from here on the chain is broken.
test('nothing is signed over a row that was changed after it was sealed', async () => {
  const [run, late] = [await house.run(), await house.run()]
  await issued(late)
  await house.tamper(`update audit set data = '{"contentSha256":"other"}' where subject_id = '${run.runId}' and action = 'workflows.task-decided.v1'`)
  await expect(issuing(house.certificates, run)).rejects.toMatchObject({ code: 'audit.broken' })
  expect(await stored(run)).toEqual([])
})
