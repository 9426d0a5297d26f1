import { privacyContract, type DocumentId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAnalytics, type AnalyticsHouse } from '../analytics/analytics.testkit.ts'

let house: AnalyticsHouse
beforeAll(async () => { house = await openAnalytics() })
afterAll(() => house.close())

const NAME = 'Águeda of the outside'

/** What somebody leaves who comes by links: two links that name them, one beside somebody else, a visit, a code, and a file that they sent. */
async function comesByLinks(org: TestOrg, email: string): Promise<{ documentId: DocumentId; alone: string; shared: string; visit: string; submission: string }> {
  const [alone, shared, visit, request, submission] = [newId(), newId(), newId(), newId(), newId()]
  const { id: documentId } = await house.upload(org.editor)
  const put = (sql: string, ...values: unknown[]) => house.admin.query(sql, [org.org.id, ...values])
  for (const [id, emails] of [[alone, [email]], [shared, [email, 'other@outside.example']]]) {
    await put(`insert into share (id, org_id, document_id, created_by, token_hash, note, emails, download, notify) values ($2, $1, $3, $4, gen_random_uuid()::text, '', $5, true, false)`,
      id, documentId, org.editor.userId, emails)
  }
  await put(`insert into share_visit (id, org_id, share_id, secret_hash, gate, email, address, opened_at, last_at, expires_at)
    values ($2, $1, $3, 's', 0, $4, '192.0.2.0/24', now(), now(), now() + interval '1 hour')`, visit, shared, email)
  await put(`insert into share_look (org_id, visit_id, document_id, version, page, at) values ($1, $2, $3, 1, 1, now())`, visit, documentId)
  await put(`insert into share_code (org_id, share_id, email, code_hash, expires_at) values ($1, $2, $3, 'h', now() + interval '1 hour')`, shared, email)
  await put(`insert into upload_request (id, org_id, folder_id, created_by, token_hash, title, note, max_files, max_file_bytes, max_total_bytes, expires_at, created_at)
    values ($2, $1, $2, $3, gen_random_uuid()::text, 't', '', 5, 100, 500, now() + interval '1 day', now())`, request, org.editor.userId)
  await put(`insert into upload_submission (id, org_id, request_id, sender_name, sender_email, at) values ($2, $1, $3, $4, $5, now())`, submission, request, NAME, email)
  await put(`insert into upload_file (org_id, submission_id, document_id, name, size, sha256, at) values ($1, $2, $3, 'plan.pdf', 9, repeat('a', 64), now())`, submission, documentId)
  await put(`update document set metadata = jsonb_build_object('sender_name', $3::text, 'sender_email', $4::text, 'kept', 'x') where org_id = $1 and id = $2`, documentId, NAME, email)
  return { documentId, alone, shared, visit, submission }
}

/** Every row of the organization but accounts, as one text. */
async function everyRow(org: TestOrg): Promise<string> {
  const { rows: tables } = await house.admin.query<{ name: string }>('select name from app.tenant_tables()')
  let all = ''
  for (const { name } of tables) {
    const { rows } = await house.admin.query<{ text: string | null }>(`select string_agg(t::text, '\n') as text from ${name} t where org_id = $1`, [org.org.id])
    all += rows[0]?.text ?? ''
  }
  return all
}
const kindsOf = (records: readonly { kind: string }[]) => [...new Set(records.map(({ kind }) => kind))]
const exported = (by: Parameters<typeof house.privacy.exportPerson>[0], given: Parameters<typeof house.privacy.exportPerson>[1]) => house.privacy.exportPerson(by, given)
const CAME = ['linksTo', 'visits', 'looks', 'sent', 'sentFiles', 'received']

test('what somebody from outside left is told by their address, to who may ask about members, and nothing of anybody else', async () => {
  const [org, other] = [await house.org(), await house.org()]
  const email = `ada-${newId()}@outside.example`
  const came = await comesByLinks(org, email)
  await comesByLinks(org, 'somebody@else.example')
  await comesByLinks(other, email)
  const answer = await exported(org.owner, { email })
  privacyContract.exportPerson.output.parse(answer)
  expect([answer.userId, kindsOf(answer.records)]).toEqual([null, CAME])
  const of = (kind: string) => answer.records.filter((record) => record.kind === kind).map(({ data }) => data)
  expect(new Set(of('linksTo').map(({ id }) => id))).toEqual(new Set([came.alone, came.shared]))
  expect([of('visits'), of('sent')]).toMatchObject([[{ id: came.visit, address: '192.0.2.0/24' }], [{ id: came.submission, name: NAME, email }]])
  expect([of('looks'), of('sentFiles'), of('received')]).toMatchObject([[{ documentId: came.documentId, page: 1 }], [{ name: 'plan.pdf' }], [{ id: came.documentId, name: 'a.txt' }]])
  // Names of documents that the asker may not read are left out, and that it was asked for is written down without the address.
  await house.admin.query('delete from document_reader where document_id = $1', [came.documentId])
  const less = await exported(org.admin, { email })
  expect(less.records.filter(({ kind }) => kind === 'sentFiles' || kind === 'received').map(({ data }) => data['name'])).toEqual([null, null])
  const { rows } = await house.admin.query<{ text: string }>(`select a::text as text from audit a where org_id = $1 and action = 'privacy.person-export'`, [org.org.id])
  expect([rows.length, rows.some(({ text }) => text.includes(email))]).toEqual([2, false])
  expect((await exported(org.owner, { email: 'nobody@outside.example' })).records).toEqual([])
})

test('who was erased by their address stands in no row; links for them alone open to nobody, others stay for the others, and visits are over', async () => {
  const org = await house.org()
  const email = `eve-${newId()}@outside.example`
  const came = await comesByLinks(org, email)
  await house.admin.query(`insert into invitation (id, org_id, email, role, token_hash, invited_by, expires_at) values ($1, $2, $3, 'viewer', gen_random_uuid()::text, $4, now() + interval '1 day')`,
    [newId(), org.org.id, email, org.owner.userId])
  expect(kindsOf((await exported(org.owner, { email })).records)).toEqual(['invited', ...CAME])
  // The audit can never be changed: what is written there of links holds no address from the beginning.
  const { share } = await house.sharing.shares.create(org.editor, { documentId: came.documentId, version: null, emails: [email] })
  await house.sharing.shares.update(org.editor, { id: share.id, emails: [email, 'other@outside.example'] })
  const mark = (await house.eventsOf(org)).length
  const erased = await house.privacy.erasePerson(org.owner, { email })
  privacyContract.erasePerson.output.parse(erased)
  expect(erased).toEqual({ userId: null, pseudonym: expect.stringMatching(/^Former outsider [0-9a-f]{12}$/), flowsNaming: [], certificatesHeld: 0, documentsHeld: 0 })
  const rows = await everyRow(org)
  expect([rows.includes(email), rows.includes(NAME), rows.includes('192.0.2.0/24'), rows.includes(erased.pseudonym)]).toEqual([false, false, false, true])
  const { rows: links } = await house.admin.query('select id::text, emails, gate, revoked_at is not null as revoked from share where org_id = $1 and id <> $2 order by revoked_at nulls last', [org.org.id, share.id])
  expect(links).toEqual([{ id: came.alone, emails: [], gate: 1, revoked: true }, { id: came.shared, emails: ['other@outside.example'], gate: 1, revoked: false }])
  const { rows: [visit] } = await house.admin.query('select expires_at <= now() as over, looks from share_visit where id = $1', [came.visit])
  expect(visit).toEqual({ over: true, looks: 0 })
  const { rows: [document] } = await house.admin.query('select metadata from document where id = $1', [came.documentId])
  expect(document).toEqual({ metadata: { sender_name: erased.pseudonym, kept: 'x' } })
  const told = (await house.eventsOf(org)).map(({ type }) => type)
  expect(new Set(told.slice(mark))).toEqual(new Set(['orgs.invitation-revoked.v1', 'sharing.revoked.v1', 'sharing.updated.v1', 'documents.metadata-changed.v1', 'privacy.outsider-erased.v1']))
  // Again, by a second click: nothing more happens.
  expect(await house.privacy.erasePerson(org.owner, { email })).toEqual(erased)
  expect((await house.eventsOf(org)).length).toBe(told.length)
  expect((await exported(org.owner, { email })).records).toEqual([])
})

test('the fields of a document that a legal hold is on stay until its release', async () => {
  const org = await house.org()
  const email = `held-${newId()}@outside.example`
  const { documentId } = await comesByLinks(org, email)
  const hold = await house.retention.holds.place(org.owner, { name: 'case', reason: 'court', on: { documentIds: [documentId] } } as never)
  expect((await house.privacy.erasePerson(org.owner, { email })).documentsHeld).toBe(1)
  const fields = async () => (await house.admin.query<{ metadata: Record<string, string> }>('select metadata from document where id = $1', [documentId])).rows[0]?.metadata
  expect(await fields()).toMatchObject({ sender_email: email, sender_name: NAME })
  await house.retention.holds.release(org.owner, { id: hold.id, reason: 'over' })
  expect((await house.privacy.erasePerson(org.owner, { email })).documentsHeld).toBe(0)
  expect(await fields()).not.toHaveProperty('sender_email')
})

test('a member is erased with what came by links under their address; by that address nobody asks about somebody stronger', async () => {
  const org = await house.org()
  const { rows: [person] } = await house.admin.query<{ email: string }>('select email from user_account where id = $1', [org.editor.userId])
  const email = person?.email ?? ''
  await comesByLinks(org, email)
  expect(kindsOf((await exported(org.owner, { email })).records)).toEqual(expect.arrayContaining(['account', ...CAME]))
  expect(kindsOf((await house.privacy.exportMyself({ actor: org.editor, orgRequested: org.org.id }, {})).records)).toEqual(expect.arrayContaining(CAME))
  const { rows: [owner] } = await house.admin.query<{ email: string }>('select email from user_account where id = $1', [org.owner.userId])
  await expect(exported(org.admin, { email: owner?.email ?? '' })).rejects.toMatchObject({ code: 'member.stronger' })
  await expect(house.privacy.erasePerson(org.admin, { email: owner?.email ?? '' })).rejects.toMatchObject({ code: 'member.stronger' })
  const erased = await house.privacy.erasePerson(org.owner, { email })
  expect([erased.userId, erased.pseudonym.startsWith('Former member ')]).toEqual([org.editor.userId, true])
  const rows = await everyRow(org)
  expect([rows.includes(email), rows.includes(NAME)]).toEqual([false, false])
})

test('where a definition of a flow names an address is told, and what was published stays as it is', async () => {
  const org = await house.org()
  const email = `asked-${newId()}@outside.example`
  const spec = { name: 'f', stages: [{ ask: [{ role: 'owner' }, { person: email }] }] }
  const flowId = newId()
  await house.admin.query(`insert into flow (id, org_id, name, draft, version, created_by) values ($1, $2, 'f', $3, 1, $4)`, [flowId, org.org.id, JSON.stringify(spec), org.owner.userId])
  await house.admin.query(`insert into flow_version (org_id, flow_id, version, spec, published_by) values ($1, $2, 1, $3, $4)`, [org.org.id, flowId, JSON.stringify(spec), org.owner.userId])
  const path = 'stages.0.ask.1.person'
  expect((await house.privacy.erasePerson(org.owner, { email })).flowsNaming).toEqual([{ flowId, version: null, path }, { flowId, version: 1, path }])
  const { rows: [kept] } = await house.admin.query('select spec from flow_version where flow_id = $1', [flowId])
  expect(kept).toEqual({ spec })
})
