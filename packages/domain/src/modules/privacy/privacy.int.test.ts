import { readCertificate, verifyCertificate } from '@intellidocs/certificate'
import { privacyContract, type OrgId, type UserId } from '@intellidocs/contracts'
import { newId, nothingHeld, type Actor } from '@intellidocs/kernel'
import { testActor, unlimitedQuota } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { exportedLines, verifyLines } from '../audit/test-audit.ts'
import { createOrgsModule } from '../orgs/index.ts'
import { issuing, openCertificatesHouse, SECRET_KEY, type CertificatesHouse } from '../workflows/certificates/certificates.testkit.ts'
import { createNames, createPrivacyModule } from './index.ts'

let house: CertificatesHouse
let privacy: ReturnType<typeof createPrivacyModule>
let certificates: CertificatesHouse['certificates']
let org: CertificatesHouse['org']
let orgId: OrgId
beforeAll(async () => {
  house = await openCertificatesHouse()
  org = house.org
  orgId = org.org.id
  const deps = house.module.deps as typeof house.module.deps & Parameters<typeof createOrgsModule>[0]
  const none = () => Promise.resolve()
  const guard = { attempt: none, admit: none, succeeded: none }
  const orgs = createOrgsModule({ ...deps, mail: { enqueue: none }, attemptGuard: guard, secretKey: SECRET_KEY, quota: unlimitedQuota, deletions: nothingHeld })
  const { called } = house.users
  certificates = house.process(undefined, undefined, createNames({ runInTx: deps.runInTx, called })).certificates
  privacy = createPrivacyModule({
    runInTx: deps.runInTx, outbox: deps.outbox, clock: deps.clock, secretKey: SECRET_KEY, called, endMembership: orgs.endMembership,
    forgetInvitation: orgs.forgetInvitation, takeBackCertificates: certificates.takeBack, forgetAddress: [],
  })
})
afterAll(() => house.close())

/** A member who was made for one test. */
async function newMember(role: 'editor' | 'admin' | 'owner'): Promise<{ actor: Actor; email: string; name: string }> {
  const [id, mark] = [newId() as UserId, newId().slice(-12)]
  const [email, name] = [`${mark}@person.example`, `Ágata ${mark}`]
  await house.admin.query(`insert into user_account (id, email, name, password_hash) values ($1, $2, $3, 'x')`, [id, email, name])
  await house.admin.query('insert into membership (org_id, user_id, role) values ($1, $2, $3)', [orgId, id, role])
  return { actor: testActor(orgId, id, role), email, name }
}

/** Everything in the organization's rows, but accounts, as one text. */
async function everyRow(): Promise<string> {
  const { rows: tables } = await house.admin.query<{ name: string }>('select name from app.tenant_tables()')
  let all = ''
  for (const { name } of tables) {
    const { rows } = await house.admin.query<{ text: string | null }>(`select string_agg(t::text, '\n') as text from ${name} t where org_id = $1`, [orgId])
    all += rows[0]?.text ?? ''
  }
  return all
}
const auditRows = async (): Promise<number> => Number((await house.admin.query<{ n: string }>('select count(*) as n from audit where org_id = $1', [orgId])).rows[0]?.n)

async function exportAll(by: Actor, userId: UserId) {
  const records: { kind: string; data: Record<string, unknown> }[] = []
  for (let cursor: string | undefined; ;) {
    const page = await privacy.exportPerson(by, { userId, cursor })
    privacyContract.exportPerson.output.parse(page)
    records.push(...page.records)
    if (page.nextCursor === null) return records
    cursor = page.nextCursor
  }
}

test('what is held about somebody is told once, and names of documents that the asker may not read are left out', async () => {
  const { actor, email } = await newMember('editor')
  const { document } = await house.module.upload(actor, 'mine', { name: 'shown.txt' })
  const { document: hidden } = await house.module.upload(actor, 'secret', { name: 'hidden.txt' })
  await house.tamper(`delete from document_reader where document_id = '${hidden.id}' and principal <> 'user:${actor.userId}'`)
  await house.tamper(`insert into audit (org_id, actor_id, actor_kind, action, subject_type, subject_id, data, address)
    select '${orgId}', '${org.owner.userId}', 'user', 'test', 'member', '${actor.userId}', jsonb_build_object('n', n), '192.0.2.9' from generate_series(1, 450) n`)
  const records = await exportAll(org.owner, actor.userId)
  const of = (kind: string) => records.filter((record) => record.kind === kind).map(({ data }) => data)
  expect(of('account')).toMatchObject([{ email, role: 'editor' }])
  expect(of('documents')).toEqual(expect.arrayContaining([expect.objectContaining({ id: document.id, name: 'shown.txt' }), expect.objectContaining({ id: hidden.id, name: null })]))
  expect(new Set(of('uploads').map(({ fileName }) => fileName))).toEqual(new Set([null, 'shown.txt']))
  const told = of('audit')
  expect(told.filter(({ action }) => action === 'test').map(({ data }) => (data as { n: number }).n).sort((a, b) => a - b)).toEqual(Array.from({ length: 450 }, (_, at) => at + 1))
  expect(told.filter(({ actorId }) => actorId !== actor.userId).every(({ address }) => address === null)).toBe(true)
  const own = await privacy.exportMyself({ actor, orgRequested: orgId }, {})
  expect(new Set(own.records.filter(({ kind }) => kind === 'uploads').map(({ data }) => data['fileName']))).toEqual(new Set(['hidden.txt', 'shown.txt']))
  expect(JSON.stringify(records)).not.toMatch(/secret_hash|secretHash/)
})

test('what somebody wrote about a document that the asker may not read, and what the audit tells to who may not read it, is told to the person alone', async () => {
  const run = await house.run()
  const { rows: [of] } = await house.admin.query<{ document: string }>('select document_id as document from flow_run where id = $1', [run.runId])
  const { actor } = await newMember('editor')
  await house.tamper(`update flow_run set requester_id = '${actor.userId}', note = 'a telling text' where id = '${run.runId}'`)
  await house.tamper(`insert into flow_comment (id, org_id, run_id, author_id, text, mentions, attachments)
    values ('${newId()}', '${orgId}', '${run.runId}', '${actor.userId}', 'a telling text', '{}', '{}')`)
  await house.tamper(`insert into audit (org_id, actor_id, actor_kind, action, subject_type, subject_id, data)
    values ('${orgId}', '${actor.userId}', 'user', 'test', 'document', '${of?.document}', '{"name":"a telling text"}')`)
  const told = async (by: Actor) => ((await exportAll(by, actor.userId)).filter(({ data }) => JSON.stringify(data).includes('a telling text'))).map(({ kind }) => kind)
  expect(await told(org.owner)).toEqual(['runs', 'comments', 'audit'])
  await house.tamper(`delete from document_reader where document_id = '${of?.document}' and principal <> 'user:${actor.userId}'`)
  expect(await told(org.owner)).toEqual(['audit'])
  expect(await told({ ...org.owner, permissions: new Set([...org.owner.permissions].filter((one) => one !== 'audit:read')) })).toEqual([])
  const own = await privacy.exportMyself({ actor, orgRequested: orgId }, {})
  expect(own.records.filter(({ data }) => JSON.stringify(data).includes('a telling text')).map(({ kind }) => kind)).toEqual(['runs', 'comments', 'audit'])
})

test('nobody goes past the row of the audit with a cursor that was made by hand, or for somebody else', async () => {
  const [{ actor }, { actor: other }] = [await newMember('editor'), await newMember('editor')]
  await house.tamper(`insert into audit (org_id, actor_id, actor_kind, action, subject_type, subject_id, data)
    select '${orgId}', '${org.owner.userId}', 'user', 'test', 'member', '${actor.userId}', '{}' from generate_series(1, 250)`)
  const { nextCursor } = await privacy.exportPerson(org.owner, { userId: actor.userId })
  const before = await auditRows()
  const made = [['account', null], ['account', newId()], ['account', 'x'], ['audit', 'x'], ['groups', null]].map(([kind, after]) => Buffer.from(JSON.stringify({ kind, after, mark: 'm' })).toString('base64url'))
  for (const [by, userId, cursor] of [
    ...made.map((cursor) => [org.owner, actor.userId, cursor] as const), [org.owner, other.userId, nextCursor], [org.admin, actor.userId, nextCursor],
  ] as const) await expect(privacy.exportPerson(by, { userId, cursor: cursor ?? '' })).rejects.toMatchObject({ code: 'input.cursor' })
  expect((await privacy.exportPerson(org.owner, { userId: actor.userId, cursor: nextCursor ?? '' })).records).not.toHaveLength(0)
  expect(await auditRows()).toBe(before)
})

test('nobody asks about somebody stronger, a key about nobody, and who was never here is not there', async () => {
  const owner = await newMember('owner')
  const { actor } = await newMember('editor')
  const before = await auditRows()
  const key: Actor = { ...org.owner, kind: 'apiKey' }
  for (const [by, userId, code] of [
    [org.admin, owner.actor.userId, 'member.stronger'], [key, actor.userId, 'auth.session_required'], [org.owner, newId() as UserId, 'member.not_found'],
  ] as const) {
    await expect(privacy.exportPerson(by, { userId })).rejects.toMatchObject({ code })
    await expect(privacy.erasePerson(by, { userId })).rejects.toMatchObject({ code })
  }
  await expect(privacy.exportMyself({ actor: key, orgRequested: orgId }, {})).rejects.toMatchObject({ code: 'auth.forbidden' })
  expect(await auditRows()).toBe(before)
  expect(await house.users.called([owner.actor.userId])).toHaveLength(1)
})

test('who was erased stands in no row of the organization by name or address, and the audit holds as it was sealed', async () => {
  const { actor, email, name } = await newMember('editor')
  const { document } = await house.module.upload(actor, 'left behind')
  await house.tamper(`insert into invitation (id, org_id, email, role, token_hash, invited_by, expires_at)
    values ('${newId()}', '${orgId}', '${email}', 'viewer', '${newId()}', '${org.owner.userId}', now() + interval '1 day')`)
  const erased = await privacy.erasePerson(org.owner, { userId: actor.userId })
  expect(erased).toMatchObject({ userId: actor.userId, pseudonym: expect.stringMatching(/^Former member [0-9a-f]{12}$/), flowsNaming: [] })
  const rows = await everyRow()
  expect(rows).toContain(actor.userId)
  expect([rows.includes(email), rows.includes(name)]).toEqual([false, false])
  expect(await house.module.facts.of(org.owner, document.id)).not.toBeNull()
  // Again, by a second click: nothing more happens.
  const told = await auditRows()
  expect(await privacy.erasePerson(org.owner, { userId: actor.userId })).toEqual(erased)
  expect(await auditRows()).toBe(told)
  expect(await exportAll(org.owner, actor.userId)).not.toHaveLength(0)
  expect(await verifyLines(await exportedLines(house.audit, org.owner), [house.audit.key().publicKey])).toMatchObject({ ok: true, complete: true, broken: null })
})

test('a certificate that names somebody is issued again with the pseudonym in its place, and holds', async () => {
  const run = await house.run()
  const issued = () => vi.waitFor(async () => expect(await issuing(certificates, run)).toBe('issued'), { timeout: 50_000, interval: 50 })
  await issued()
  const { email } = (await house.users.called([org.editor.userId]))[0] ?? { email: 'nobody' }
  const textOf = async (): Promise<string> => (await certificates.get(org.owner, { id: run.runId })).certificate
  expect(await textOf()).toContain(email)
  const { pseudonym } = await privacy.erasePerson(org.owner, { userId: org.editor.userId })
  await issued()
  const text = await textOf()
  expect([text.includes(email), text.includes(pseudonym), readCertificate(text) !== null]).toEqual([false, true, true])
  expect(await verifyCertificate(Buffer.from(text), { keys: [certificates.key().publicKey], document: run.sha256 })).toMatchObject({ ok: true, findings: [] })
})

test('a certificate that is being issued while somebody is erased does not keep their name and address', async () => {
  const run = await house.run()
  const { actor, email } = await newMember('editor')
  await house.tamper(`update flow_run set ended_by = '${actor.userId}' where id = '${run.runId}'`)
  const deps = house.module.deps
  const names = createNames({ runInTx: deps.runInTx, called: house.users.called })
  const late = house.process(undefined, undefined, async (id, users) => {
    const called = await names(id, users)
    if (users.includes(actor.userId)) await privacy.erasePerson(org.owner, { userId: actor.userId })
    return called
  }).certificates
  const issuedOrErased = async () => {
    const answer = await issuing(late, run)
    const { rowCount } = await house.admin.query('select from erased_person where user_id = $1', [actor.userId])
    expect(rowCount).toBe(1)
    return answer
  }
  expect(await vi.waitFor(issuedOrErased, { timeout: 50_000, interval: 50 })).toBe('not-yet')
  expect((await house.admin.query('select from flow_certificate where run_id = $1', [run.runId])).rowCount).toBe(0)
  await vi.waitFor(async () => expect(await issuing(certificates, run)).toBe('issued'), { timeout: 50_000, interval: 50 })
  expect((await certificates.get(org.owner, { id: run.runId })).certificate).not.toContain(email)
})

test('what a legal hold is on stays as it is, until the hold is released', async () => {
  const run = await house.run()
  await vi.waitFor(async () => expect(await issuing(certificates, run)).toBe('issued'), { timeout: 50_000, interval: 50 })
  const { email } = (await house.users.called([org.viewer.userId]))[0] ?? { email: 'nobody' }
  const holdId = newId()
  await house.admin.query(`insert into retention_hold (id, org_id, name, reason, kind, placed_by) values ($1, $2, 'case', 'court', 'all', $3)`, [holdId, orgId, org.owner.userId])
  const textOf = async (): Promise<string> => (await certificates.get(org.owner, { id: run.runId })).certificate
  const before = await textOf()
  const held = await privacy.erasePerson(org.owner, { userId: org.viewer.userId })
  expect(held.certificatesHeld).toBeGreaterThan(0)
  expect(await textOf()).toBe(before)
  await house.admin.query(`update retention_hold set released_by = $2, released_at = now(), release_reason = 'over' where id = $1`, [holdId, org.owner.userId])
  expect(await privacy.erasePerson(org.owner, { userId: org.viewer.userId })).toMatchObject({ certificatesHeld: 0, pseudonym: held.pseudonym })
  await vi.waitFor(async () => expect(await issuing(certificates, run)).toBe('issued'), { timeout: 50_000, interval: 50 })
  expect((await textOf()).includes(email)).toBe(false)
})

test('an account that ended is forgotten by each of its organizations, and hearing of it twice is as once', async () => {
  const { actor, email, name } = await newMember('editor')
  await house.tamper(`update user_account set status = 'deleted', name = 'Deleted account', email = '${actor.userId}@deleted.invalid' where id = '${actor.userId}';
    delete from membership where user_id = '${actor.userId}'`)
  const event = { orgId: '00000000-0000-0000-0000-000000000001' as OrgId, type: 'users.deleted.v1', payload: { userId: actor.userId, orgs: [orgId] } }
  const [forget] = privacy.subscribers
  const signal = new AbortController().signal
  await forget?.handle(event as never, signal)
  const told = await auditRows()
  await forget?.handle(event as never, signal)
  expect(await auditRows()).toBe(told)
  const { rows } = await house.admin.query('select pseudonym from erased_person where user_id = $1', [actor.userId])
  expect(rows).toHaveLength(1)
  const text = await everyRow()
  expect([text.includes(email), text.includes(name)]).toEqual([false, false])
})

test('the last owner is not erased, and nothing of them goes', async () => {
  await house.tamper(`delete from membership where org_id = '${orgId}' and role = 'owner' and user_id <> '${org.owner.userId}'`)
  const before = [await auditRows(), (await house.users.called([org.owner.userId])).length]
  await expect(privacy.erasePerson(org.owner, { userId: org.owner.userId })).rejects.toMatchObject({ code: 'org.last_owner' })
  expect([await auditRows(), (await house.users.called([org.owner.userId])).length]).toEqual(before)
})
