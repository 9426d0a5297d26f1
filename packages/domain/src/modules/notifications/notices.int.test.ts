import type { DocumentId } from '@intellidocs/contracts'
import { orgPrincipal, userPrincipal, type Actor } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { flowEvents, openInbox, secretKey, type Inbox } from './inbox.testkit.ts'
import { unsubscribeToken, type Scope } from './unsubscribe-token.ts'

const HOUR = 3_600_000
/** Without what keeps names in mails from becoming links. */
const undefused = (text: string): string => text.replaceAll('\u2060', '')
let house: Inbox
let a: TestOrg
let b: TestOrg
let documentId: DocumentId
beforeAll(async () => { house = await openInbox() })
afterAll(() => house.close())
beforeEach(async () => {
  ;[a, b] = [await house.org('A'), await house.org('B')]
  ;({ documentId } = await house.document(a.org.id, a.owner.userId, { readers: [orgPrincipal(a.org.id), userPrincipal(a.viewer.userId)] }))
  house.sent.length = 0
  house.place.now = new Date()
  house.place.away = false
})

const mention = (actor: Actor, on = documentId): Promise<void> => house.happen(a.editor, flowEvents(on).commented([actor.userId]))
const waiting = async () => (await house.rows<{ sealed: Buffer }>('select sealed from mail_message where org_id = $1', [a.org.id])).map(({ sealed }) => sealed)
const signal = new AbortController().signal
const digest = () => house.notifications.sendDigests(signal)
const preferMentions = (actor: Actor, mail: 'digest' | 'off' | 'immediate', rhythm: 'hourly' | 'daily' = 'hourly') =>
  house.as(actor).preferences.set({ digest: rhythm, kinds: { mentioned: { mail } } })
/** Past the beginning of the next hour, and of the next day. */
const later = (hours: number): void => { house.place.now = new Date(Date.now() + hours * HOUR) }

describe('a mail at once', () => {
  test('names what it is about, in the reader\'s language, with a link that ends its kind', async () => {
    await house.rows(`update user_account set locale = 'pt' where id = $1`, [a.viewer.userId])
    await mention(a.viewer)
    await house.settle()
    const [mail, ...more] = house.sent
    expect(more).toEqual([])
    expect([mail?.to, undefused(mail?.subject ?? '')]).toEqual([`viewer-${a.viewer.userId}@example.test`, 'Foi mencionado — Lease.pdf'])
    expect(mail?.unsubscribe).toMatch(/^https:\/\/docs\.example\.org\/api\/v1\/unsubscribe\?token=[\w-]{90,100}$/)
    expect(mail?.text).toContain(mail?.unsubscribe ?? 'nothing')
    expect(await waiting()).toEqual([])
  })

  test('keeps neither name nor address while it waits', async () => {
    await mention(a.viewer)
    await house.settle({ but: ['mail.send'] })
    const [sealed, ...more] = await waiting()
    expect([sealed?.length, more]).toEqual([expect.any(Number), []])
    for (const content of ['Lease', 'example.test', a.viewer.userId]) expect(sealed?.toString('latin1')).not.toContain(content)
    for (const table of ['event', 'notification']) expect(JSON.stringify(await house.rows(`select to_jsonb(t) from ${table} t where org_id = $1`, [a.org.id]))).not.toContain('Lease')
    await house.settle()
    expect(house.sent).toHaveLength(1)
  })

  test.each<[string, () => Promise<unknown>]>([
    ['lost the document', async () => {
      await house.revoke(documentId, orgPrincipal(a.org.id))
      await house.revoke(documentId, userPrincipal(a.viewer.userId))
    }],
    ['was suspended', () => house.rows(`update membership set status = 'suspended' where org_id = $1 and user_id = $2`, [a.org.id, a.viewer.userId])],
    ['was removed', () => house.rows('delete from membership where org_id = $1 and user_id = $2', [a.org.id, a.viewer.userId])],
    ['has an account that was shut', () => house.rows(`update user_account set status = 'suspended' where id = $1`, [a.viewer.userId])],
    ['has read it', () => house.as(a.viewer).markRead({ all: true, before: '2099-01-01T00:00:00.000Z' })],
    ['wants none of its kind any more', () => preferMentions(a.viewer, 'off')],
    ['is in an organization that is being deleted', () => house.rows(`update org set status = 'deleting', purge_at = now() + interval '30 days' where id = $1`, [a.org.id])],
  ])('that waits for a server that is away is never sent to who %s meanwhile', async (_who, change) => {
    house.place.away = true
    await mention(a.viewer)
    await mention(a.owner)
    await expect(house.settle()).rejects.toThrow('away')
    await change()
    house.place.away = false
    await house.settle()
    const toOthers = house.sent.filter(({ to }) => !to.startsWith('viewer'))
    expect(house.sent).toEqual(toOthers)
    expect(await waiting()).toEqual([])
  })

  test('of a name that holds line ends is one line, and of a name that is HTML stays a name', async () => {
    const named = ['a\r\nBcc: eve@example.org', '<img src=x onerror=alert(1)>', '\u202egnp.exe', 'x'.repeat(300), '👩‍👩‍👧'.repeat(30)]
    for (const name of named) {
      const { documentId: id } = await house.document(a.org.id, a.owner.userId, { name, readers: [orgPrincipal(a.org.id)] })
      await mention(a.viewer, id)
    }
    await house.settle()
    expect(house.sent.map(({ subject }) => undefused(subject))).toEqual([
      'You were mentioned: a Bcc: eve@example.org', 'You were mentioned: <img src=x onerror=alert(1)>', 'You were mentioned: gnp.exe', `You were mentioned: ${'x'.repeat(99)}…`,
      `You were mentioned: ${'👩‍👩‍👧'.repeat(12)}…`,
    ])
    expect(house.sent[1]?.html).not.toContain('<img')
    for (const { subject } of house.sent) expect(subject).not.toMatch(/[\r\n\u202e]/)
  })
})

describe('a digest', () => {
  test('is one mail for all that waited, of an hour or of many in which nobody sent it, by however many workers', async () => {
    await preferMentions(a.viewer, 'digest')
    for (let n = 0; n < 3; n += 1) await mention(a.viewer)
    await house.settle()
    expect([await digest(), house.sent]).toEqual([0, []])
    later(40)
    const counts = await Promise.all([digest(), digest(), digest()])
    expect(counts.toSorted()).toEqual([0, 0, 1])
    expect(await digest()).toBe(0)
    await house.settle()
    expect(house.sent).toMatchObject([{ subject: 'News for you in A: 3', to: expect.stringContaining('viewer') }])
    expect(undefused(house.sent[0]?.text ?? '').match(/^- You were mentioned: Lease\.pdf$/gm)).toHaveLength(3)
  })

  test('comes at most once in an hour or a day, as its reader wants it', async () => {
    await preferMentions(a.viewer, 'digest', 'daily')
    await preferMentions(a.admin, 'digest', 'hourly')
    const at = (hours: number): void => { house.place.now = new Date(Date.UTC(2026, 0, 1, 6) + hours * HOUR) }
    const backdate = (hours: number) => house.rows('update notification set at = $2 where org_id = $1 and notice_id is null', [a.org.id, new Date(Date.UTC(2026, 0, 1, 6) + hours * HOUR)])
    const sent: string[][] = []
    for (const hours of [0.5, 1.5, 23.5]) {
      for (const actor of [a.viewer, a.admin]) await mention(actor)
      await house.settle()
      await backdate(hours)
      for (const look of [hours + 0.1, hours + 0.6, hours + 0.7]) {
        at(look)
        await digest()
        await house.settle()
      }
      sent.push(house.sent.splice(0).map(({ to, subject }) => `${to.split('-')[0]} ${subject}`).toSorted())
    }
    expect(sent).toEqual([
      ['admin News for you in A: 1'], ['admin News for you in A: 1'], ['admin News for you in A: 1', 'viewer News for you in A: 3'],
    ])
  })

  test('leaves out what its reader has read or lost, and is not sent where nothing is left', async () => {
    const secret = await house.document(a.org.id, a.owner.userId, { name: 'Secret.pdf', readers: [orgPrincipal(a.org.id)] })
    for (const actor of [a.viewer, a.admin]) {
      await preferMentions(actor, 'digest')
      await mention(actor, secret.documentId)
    }
    await mention(a.admin)
    await house.settle()
    later(2)
    expect(await digest()).toBe(2)
    await house.revoke(secret.documentId, orgPrincipal(a.org.id))
    await house.settle()
    expect(house.sent).toMatchObject([{ subject: 'News for you in A: 1', to: expect.stringContaining('admin') }])
    expect(house.sent[0]?.text).not.toContain('Secret')
    expect(await waiting()).toEqual([])
  })

  test('tells of one organization nothing of another', async () => {
    await house.rows(`insert into membership (org_id, user_id, role) values ($1, $2, 'viewer')`, [b.org.id, a.viewer.userId])
    const there = await house.document(b.org.id, b.owner.userId, { name: 'Theirs.pdf', readers: [orgPrincipal(b.org.id)] })
    await preferMentions(a.viewer, 'digest')
    await preferMentions({ ...b.viewer, userId: a.viewer.userId }, 'digest')
    await mention(a.viewer)
    await house.happen(b.owner, flowEvents(there.documentId).commented([a.viewer.userId]))
    await house.settle()
    later(2)
    expect(await digest()).toBe(2)
    await house.settle()
    expect(house.sent.map(({ subject, text }) => `${subject} ${text.includes('Lease')} ${text.includes('Theirs')}`).toSorted()).toEqual([
      'News for you in A: 1 true false', 'News for you in B: 1 false true',
    ])
  })

  test('names the newest twenty, and says how many there are', async () => {
    await preferMentions(a.viewer, 'digest')
    for (let n = 0; n < 23; n += 1) await mention(a.viewer)
    await house.settle()
    later(2)
    await digest()
    await house.settle()
    expect(house.sent[0]?.subject).toBe('News for you in A: 23')
    expect(house.sent[0]?.text.match(/^- /gm)).toHaveLength(20)
  })
})

describe('the link of a mail', () => {
  const from = { ip: '192.0.2.9', requestId: 'r' }
  const token = (actor: Actor, scope: Scope, key = secretKey): string =>
    unsubscribeToken(key, { orgId: actor.orgId, userId: actor.userId, scope, locale: 'en' }, house.place.now)
  const kinds = async (actor: Actor) => (await house.as(actor).preferences.get()).kinds
  const refused = (text: string) => expect(house.notifications.unsubscribe.leave(text, from), text).rejects.toMatchObject({ code: 'auth.token_invalid' })
  const audits = () => house.rows<{ actor_id: string; address: string; data: unknown }>(
    `select actor_id, address, data from audit where org_id = $1 and action = 'notifications.preferences-set.v1'`, [a.org.id])

  test('ends mails of its kind to its person in its organization, and nothing else; again, it says the same', async () => {
    const before = await kinds(a.viewer)
    await mention(a.viewer)
    await house.settle()
    const link = new URL(house.sent[0]?.unsubscribe ?? '').searchParams.get('token') ?? ''
    expect(house.notifications.unsubscribe.look(link)).toBe('en')
    expect(await kinds(a.viewer)).toEqual(before)
    for (let n = 0; n < 2; n += 1) expect(await house.notifications.unsubscribe.leave(link, from)).toBe('en')
    expect(await kinds(a.viewer)).toEqual({ ...before, mentioned: { ...before.mentioned, mail: 'off' } })
    for (const actor of [a.owner, b.viewer]) expect(await kinds(actor)).toEqual(before)
    expect(await audits()).toEqual([{ actor_id: a.viewer.userId, address: from.ip, data: { kinds: { mentioned: { mail: 'off' } } } }])
    expect(house.attempts).toEqual(['unsubscribe 192.0.2.9', 'unsubscribe 192.0.2.9'])
    await mention(a.viewer)
    await house.settle()
    expect(house.sent).toHaveLength(1)
  })

  test('of a digest ends all that is gathered into digests', async () => {
    await house.notifications.unsubscribe.leave(token(a.viewer, 'digest'), from)
    const { shared, processing_failed: failed, task_assigned: assigned, security } = await kinds(a.viewer)
    expect([shared.mail, failed.mail, assigned.mail, security.mail]).toEqual(['off', 'off', 'immediate', 'immediate'])
  })

  test('that is forged, changed, cut, of another key or over changes nothing', async () => {
    const before = await kinds(a.viewer)
    const good = token(a.viewer, 'mentioned')
    const bytes = Buffer.from(good, 'base64url')
    const changed = Array.from({ length: bytes.length }, (_, at) => {
      const copy = Buffer.from(bytes)
      copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
      return copy.toString('base64url')
    })
    const over = unsubscribeToken(secretKey, { orgId: a.org.id, userId: a.viewer.userId, scope: 'mentioned', locale: 'en' }, new Date(Date.now() - 91 * 24 * HOUR))
    for (const text of ['', 'x', `${good}A`, `${good}==`, good.slice(0, -1), ` ${good}`, token(a.viewer, 'mentioned', Buffer.alloc(32, 6)), over, ...changed]) await refused(text)
    expect([await kinds(a.viewer), await audits()]).toEqual([before, []])
  })

  test('of who is no member any more says the same, and changes nothing', async () => {
    await house.rows('delete from membership where org_id = $1 and user_id = $2', [a.org.id, a.viewer.userId])
    expect(await house.notifications.unsubscribe.leave(token(a.viewer, 'mentioned'), from)).toBe('en')
    expect(await audits()).toEqual([])
  })
})
