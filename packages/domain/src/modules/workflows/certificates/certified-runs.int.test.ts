import type { FlowRunId } from '@intellidocs/contracts'
import { verifyCertificate, type CertificateReport } from '@intellidocs/certificate'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openRuns, stage, type Runs } from '../runs.testkit.ts'

let t: Runs
beforeAll(async () => { t = await openRuns() })
afterAll(() => t.close())

/** The certificate of a run that is over, as the installation issued it. */
async function certified(id: FlowRunId): Promise<CertificateReport> {
  const { certificates } = t.workflows
  // A transaction anywhere on the server holds back the rows that are to be sealed.
  await vi.waitFor(async () => expect(await certificates.issue(t.owner.orgId, [id])).toEqual(['issued']), { timeout: 50_000, interval: 50 })
  const { certificate } = await certificates.get(t.owner, { id })
  return verifyCertificate(Buffer.from(certificate), { keys: [certificates.key().publicKey] })
}

describe('the certificate is about the version that the outcome is about', () => {
  test('that people were asked about again, when another one came meanwhile', async () => {
    const [a, b] = await t.members(2)
    const v1 = await t.document()
    const id = await t.begin(await t.publish([stage('legal', [a, b])]), v1.id)
    await t.answer(id, a)
    const v2 = await t.document({ documentId: v1.id })
    await t.advance(id)
    for (const who of [a, b]) await t.answer(id, who)
    expect(await t.get(id)).toMatchObject({ state: 'approved', version: 2 })
    const report = await certified(id)
    expect(report).toMatchObject({ ok: true, kept: 0, certificate: { document: { version: 2, sha256: v2.sha256 } } })
    expect(report.certificate?.decisions.map(({ version }) => version)).toEqual([1, 2, 2])
    expect(report.certificate?.unheard).toMatchObject([{ person: { id: b.userId }, round: 1, end: 'stale' }])
  })

  test('that a rejection asked for', async () => {
    const [a] = await t.members(1)
    const v1 = await t.document()
    const id = await t.begin(await t.publish([stage('legal', [a], { onReject: 'new-version' })]), v1.id)
    await t.answer(id, a, 'reject')
    const v2 = await t.document({ documentId: v1.id })
    await t.advance(id)
    await t.answer(id, a)
    expect(await certified(id)).toMatchObject({ ok: true, kept: 0, certificate: { run: { outcome: 'approved' }, document: { version: 2, sha256: v2.sha256 } } })
  })

  test('to which a stage was moved that lets decisions stand; the older ones are told', async () => {
    const [a, b] = await t.members(2)
    const v1 = await t.document()
    const id = await t.begin(await t.publish([stage('legal', [a, b], { onNewVersion: 'keep' })]), v1.id)
    await t.answer(id, a)
    const v2 = await t.document({ documentId: v1.id })
    await t.advance(id)
    await t.answer(id, b)
    const report = await certified(id)
    expect(report).toMatchObject({ ok: true, kept: 1, certificate: { document: { version: 2, sha256: v2.sha256 } } })
    expect(report.certificate?.decisions.map(({ contentSha256 }) => contentSha256)).toEqual([v1.sha256, v2.sha256])
  })

  test('with which all began anew', async () => {
    const [a, b] = await t.members(2)
    const v1 = await t.document()
    const id = await t.begin(await t.publish([stage('legal', [a]), stage('board', [b], { onNewVersion: 'restart' })]), v1.id)
    await t.answer(id, a)
    const v2 = await t.document({ documentId: v1.id })
    await t.advance(id)
    await t.answer(id, a)
    await t.answer(id, b)
    expect(await certified(id)).toMatchObject({ ok: true, certificate: { document: { version: 2, sha256: v2.sha256 } } })
  })

  test('that was rejected, though another one came before the run had looked', async () => {
    const [a] = await t.members(1)
    const v1 = await t.document()
    const id = await t.begin(await t.publish([stage('legal', [a])]), v1.id)
    const { driver } = t.workflows
    const decide = t.gateway.decide.bind(t.gateway)
    t.gateway.decide = async (run, { decisionId }) => {
      await driver.record(run, decisionId)
      return 'seen'
    }
    await t.answer(id, a, 'reject')
    t.gateway.decide = decide
    await t.document({ documentId: v1.id })
    await t.advance(id)
    expect(await t.get(id)).toMatchObject({ state: 'rejected', version: 1 })
    expect(await certified(id)).toMatchObject({ ok: true, certificate: { document: { version: 1, sha256: v1.sha256 } } })
  })

  test('that was not decided in time', async () => {
    const [a] = await t.members(1)
    const v1 = await t.document()
    const id = await t.begin(await t.publish([stage('legal', [a], { deadline: { hours: 1 }, onDeadline: 'expire' })]), v1.id)
    const v2 = await t.document({ documentId: v1.id })
    await t.advance(id)
    t.pass(2)
    await t.advance(id)
    expect(await certified(id)).toMatchObject({
      ok: true, certificate: { run: { outcome: 'expired', reason: 'deadline' }, document: { version: 2, sha256: v2.sha256 }, unheard: [{ end: 'stale' }, { end: 'stage' }] },
    })
  })
})

test('a task that is handed on asks about the bytes that it asked about, whatever came since', async () => {
  const [a, b] = await t.members(2)
  const v1 = await t.document()
  const id = await t.begin(await t.publish([stage('legal', [a])]), v1.id)
  await t.document({ documentId: v1.id })
  const task = await t.workflows.tasks.reassign(t.admin, { id: (await t.taskOf(id, a)).id, to: b.userId })
  expect(task).toMatchObject({ version: 1, contentSha256: v1.sha256 })
  await t.advance(id)
  await t.answer(id, b)
  expect(await certified(id)).toMatchObject({
    ok: true, certificate: { document: { version: 2 }, unheard: [{ person: { id: a.userId }, end: 'moved' }, { person: { id: b.userId }, handedOnBy: { id: t.admin.userId }, end: 'stale' }] },
  })
})

test('who was asked, who handed it on and who withdrew is signed, though nobody decided', async () => {
  const [a, b] = await t.members(2)
  const { id: documentId } = await t.document()
  const id = await t.begin(await t.publish([stage('legal', [a, b])]), documentId)
  await t.workflows.runs.withdraw(t.editor, { id })
  expect(await certified(id)).toMatchObject({
    ok: true, certificate: {
      run: { outcome: 'withdrawn', began: 'request', withdrawnBy: { id: t.editor.userId } }, decisions: [], stages: [{ outcome: 'stale' }],
      unheard: [{ end: 'run' }, { end: 'run' }],
    },
  })
})

test('a rule that some did not have to answer, a rejection by the end of its time, and stages that were skipped hold', async () => {
  const [a, b] = await t.members(2)
  const { id: documentId } = await t.document()
  const any = await t.begin(await t.publish([
    stage('legal', [a, b], { decide: { rule: 'any' } }), stage('never', [a], { when: { fact: 'name', is: 'nothing' } }),
  ]), documentId)
  await t.answer(any, b)
  expect(await certified(any)).toMatchObject({
    ok: true, certificate: { run: { outcome: 'approved' }, unheard: [{ person: { id: a.userId }, end: 'stage' }], stages: [{ outcome: 'approved' }, { outcome: 'skipped' }] },
  })
  const late = await t.begin(await t.publish([stage('legal', [a, b], { deadline: { hours: 1 }, onDeadline: 'reject' })]), documentId)
  await t.answer(late, a)
  t.pass(2)
  await t.advance(late)
  expect(await certified(late)).toMatchObject({ ok: true, certificate: { run: { outcome: 'rejected', reason: 'deadline' } } })
})
