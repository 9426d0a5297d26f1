import { PLATFORM_ORG_ID, type AdminJob, type InstallationStatus, type ParkedDelivery } from '@intellidocs/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAdministration, REASON, type Administration, type NewOrg } from './admin.testkit.ts'
import { codeOf, data, mutate, query, startTestApi } from './api.testkit.ts'
import { PASSWORD } from './people.testkit.ts'

type Counted = { count: number; token: string }
let house: Administration
beforeAll(async () => { house = await openAdministration() })
afterAll(async () => { await house?.close() })
const act: Administration['act'] = (...call) => house.act(...call)
const look: Administration['look'] = (...call) => house.look(...call)

async function upload(org: NewOrg, name: string): Promise<string> {
  const sent = await fetch(`${house.api.url}/api/v1/documents`, { method: 'POST', body: name, headers: { ...org.headers, 'x-file-name': name } })
  return ((await sent.json()) as { document: { id: string } }).document.id
}
const statesOf = async (orgId: string) =>
  (await house.sql.query<{ state: string; attempt: number }>('select state, attempt from document_version where org_id = $1 order by created_at', [orgId])).rows
const ofChain = async (orgId: string, action: string) =>
  (await house.sql.query<{ data: Record<string, unknown> }>('select data from audit where org_id = $1 and action = $2 order by id', [orgId, action])).rows.map((row) => row.data)

describe('documents that are not read', () => {
  test('are listed by ids alone, counted, and read again: those that were counted and no other, once, in both chains', async () => {
    const org = await house.newOrg()
    await upload(org, 'a secret name.txt')
    await upload(org, 'another secret name.txt')
    await house.sql.query(`update document_version set state = 'failed', reason = 'cpu_limit', stage = 'extract' where org_id = $1`, [org.id])
    const selection = { kind: 'processing', states: ['failed'], orgId: org.id, reason: 'cpu_limit', stage: 'extract', minutes: 0 }
    const listed = await look('jobs.list', selection)
    expect(data<{ items: AdminJob[] }>(listed).items).toMatchObject(Array.from({ length: 2 }, () => ({ orgId: org.id, orgName: org.slug, state: 'failed', reason: 'cpu_limit', attempt: 1 })))
    expect(JSON.stringify(listed.body)).not.toContain('secret')
    const { count, token } = data<Counted>(await look('jobs.count', selection))
    expect(count).toBe(2)
    // One that fails afterwards was not counted.
    await upload(org, 'later.txt')
    await house.sql.query(`update document_version set state = 'failed', reason = 'cpu_limit', stage = 'extract', state_changed_at = now() + interval '1 second'
      where org_id = $1 and state = 'queued'`, [org.id])
    const refused = [
      await act('jobs.retry', { selection: { ...selection, orgId: undefined }, token, why: REASON }), await act('jobs.retry', { selection, token: 'x'.repeat(80), why: REASON }),
      await act('jobs.retry', { selection, token, why: REASON }, house.second.headers),
    ]
    expect(refused.map(codeOf)).toEqual(['admin.selection', 'admin.selection', 'admin.selection'])
    expect((await statesOf(org.id)).map(({ state }) => state)).toEqual(['failed', 'failed', 'failed'])
    expect(data(await act('jobs.retry', { selection, token, why: REASON }))).toEqual({ done: 2, left: 0 })
    expect(await statesOf(org.id)).toEqual([{ state: 'queued', attempt: 2 }, { state: 'queued', attempt: 2 }, { state: 'failed', attempt: 1 }])
    expect(data(await act('jobs.retry', { selection, token, why: REASON }))).toEqual({ done: 0, left: 0 })
    expect(await ofChain(org.id, 'documents.reprocess-requested.v1')).toMatchObject([{ why: 'administrator' }, { why: 'administrator' }])
    expect(await ofChain(PLATFORM_ORG_ID, 'admin.jobs-retried')).toMatchObject([
      { reason: REASON, jobs: [{ orgId: org.id }, { orgId: org.id }] }, { reason: REASON, done: [{ orgId: org.id }, { orgId: org.id }], failed: [] },
    ])
  })

  test('that grew old enough only after they were counted are left alone', async () => {
    const org = await house.newOrg()
    await upload(org, 'young.txt')
    await house.sql.query(`update document_version set state = 'failed', reason = 'cpu_limit' where org_id = $1`, [org.id])
    const selection = { kind: 'processing', states: ['failed'], orgId: org.id, minutes: 1 }
    const { count, token } = data<Counted>(await look('jobs.count', selection))
    // Short of the minute by a thousandth of a second when it was counted, and past it by now.
    await house.sql.query(`update document_version set state_changed_at = $2::timestamptz - interval '59.999 seconds' where org_id = $1`, [org.id, new Date()])
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect([count, data(await act('jobs.retry', { selection, token, why: REASON }))]).toEqual([0, { done: 0, left: 0 }])
  })

  test('are cancelled while they wait', async () => {
    const org = await house.newOrg()
    await upload(org, 'waits.txt')
    const selection = { kind: 'processing', states: ['waiting', 'working'], orgId: org.id }
    const { token } = data<Counted>(await look('jobs.count', selection))
    expect(data(await act('jobs.cancel', { selection, token, why: REASON }))).toEqual({ done: 1, left: 0 })
    expect(await statesOf(org.id)).toMatchObject([{ state: 'cancelled' }])
    const over = { ...selection, states: ['waiting', 'failed'] }
    const counted = data<Counted>(await look('jobs.count', over))
    expect(codeOf(await act('jobs.cancel', { selection: over, token: counted.token, why: REASON }))).toBe('input.invalid')
  })

  test('runs of flows go on by themselves and are not retried', async () => {
    const selection = { kind: 'flow', states: ['working'] }
    const { token, count } = data<Counted>(await look('jobs.count', selection))
    expect([count, codeOf(await act('jobs.retry', { selection, token, why: REASON }))]).toEqual([0, 'input.invalid'])
  })
})

test('deliveries that were given up are shown without the words of their errors, released, or dropped, each told with its reason', async () => {
  const org = await house.newOrg()
  await upload(org, 'first.txt')
  await upload(org, 'second.txt')
  await house.sql.query(`update delivery set state = 'parked', attempts = 12, last_error = 'TypeError E42: the file "a secret name" is broken'
    where org_id = $1 and subscriber = 'documents.start-processing'`, [org.id])
  const selection = { orgId: org.id }
  const listed = await look('outbox.list', selection)
  const parked = data<{ items: ParkedDelivery[] }>(listed).items
  expect(parked.length).toBeGreaterThan(0)
  expect(parked[0]).toMatchObject({ orgId: org.id, orgName: org.slug, attempts: 12, fault: 'TypeError E42', eventType: 'documents.uploaded.v1' })
  expect(JSON.stringify(listed.body)).not.toContain('secret')
  const { count, token } = data<Counted>(await look('outbox.count', selection))
  expect(count).toBe(parked.length)
  expect(data(await act('outbox.release', { selection, token, why: REASON }))).toEqual({ done: count, left: 0 })
  const left = await house.sql.query(`select from delivery where org_id = $1 and state = 'parked'`, [org.id])
  expect(left.rowCount).toBe(0)
  await house.sql.query(`update delivery set state = 'parked' where org_id = $1 and subscriber = 'documents.start-processing'`, [org.id])
  const again = data<Counted>(await look('outbox.count', selection))
  expect(data(await act('outbox.drop', { selection, token: again.token, why: REASON }))).toEqual({ done: count, left: 0 })
  const gone = await house.sql.query(`select from delivery where org_id = $1 and subscriber = 'documents.start-processing'`, [org.id])
  expect(gone.rowCount).toBe(0)
  expect(await ofChain(PLATFORM_ORG_ID, 'admin.deliveries-dropped')).toMatchObject([{ reason: REASON }])
})

test('while the installation is read-only every change is refused on every process, reading and coming in work, and everybody is told', async () => {
  const org = await house.newOrg()
  const beside = await startTestApi({ beside: house.api })
  try {
    const banner = { text: 'Back at noon', level: 'warning', until: null } as const
    data(await act('settings.set', { readOnly: true, banner, reason: REASON }))
    await expect.poll(async () => data<InstallationStatus>(await query(beside.url, 'installation.status')), { timeout: 5000 }).toEqual({ readOnly: true, banner })
    for (const url of [house.api.url, beside.url]) {
      expect(codeOf(await mutate(url, 'orgs.update', { name: 'Other' }, org.headers))).toBe('installation.read_only')
      const sent = await fetch(`${url}/api/v1/documents`, { method: 'POST', body: 'x', headers: { ...org.headers, 'x-file-name': 'x.txt' } })
      expect(sent.status).toBe(503)
      // Of the payment service: refused for its signature alone.
      expect((await fetch(`${url}/webhooks/stripe`, { method: 'POST', body: '{}' })).status).toBe(400)
      expect((await query(url, 'documents.list', {}, org.headers)).status).toBe(200)
      expect((await mutate(url, 'auth.signIn', { email: org.owner.email, password: PASSWORD, transport: 'token' })).status).toBe(200)
    }
    expect(await statesOf(org.id)).toEqual([])
    data(await act('settings.set', { readOnly: false, reason: REASON }))
    await expect.poll(async () => (await mutate(beside.url, 'orgs.update', { name: 'Other' }, org.headers)).status, { timeout: 5000 }).toBe(200)
    expect(data(await look('settings.get'))).toMatchObject({ readOnly: false, banner, changedBy: house.adminId })
    data(await act('settings.set', { banner: null, reason: REASON }))
    expect((await ofChain(PLATFORM_ORG_ID, 'admin.settings-set')).length).toBe(3)
  } finally {
    await beside.close()
  }
})

test('health names what does not answer, and how far behind the background is', async () => {
  expect(data(await look('health'))).toMatchObject({ ready: true, degraded: expect.arrayContaining(['temporal']) as string[], outbox: { parked: 0 }, versions: { node: process.versions.node, postgres: expect.stringMatching(/^\d+/) as string } })
})

test('an organization is given a plan, in both chains', async () => {
  const org = await house.newOrg()
  expect(data(await act('orgs.setPlan', { id: org.id, plan: 'team', overrides: { documents: 5 }, reason: REASON }))).toMatchObject({ plan: 'team', provider: 'manual' })
  expect([(await house.actions(org.id, org.id)).at(-1), (await house.actions(PLATFORM_ORG_ID, org.id)).at(-1)]).toEqual(['subscriptions.plan-set.v1', 'admin.org-plan-set'])
})

test('a plan that is refused, as its organization pays for one, is told in neither chain', async () => {
  const org = await house.newOrg()
  await house.sql.query(`insert into subscription (org_id, plan, provider) values ($1, 'team', 'stripe')`, [org.id])
  expect(codeOf(await act('orgs.setPlan', { id: org.id, plan: 'own', overrides: {}, reason: REASON }))).toBe('billing.provider')
  expect([...await house.actions(org.id, org.id), ...await house.actions(PLATFORM_ORG_ID, org.id)].filter((action) => action.includes('plan-set'))).toEqual([])
})
