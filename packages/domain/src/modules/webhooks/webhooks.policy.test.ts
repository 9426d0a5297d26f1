import { eventPayloads, roles, webhookEventTypes, webhookTestType, type DocumentId, type OrgId, type Permission, type Role, type UserId } from '@intellidocs/contracts'
import type { FeedEvent } from '@intellidocs/kernel'
import { testActor } from '@intellidocs/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mayHear } from '../notifications/notifications.policy.ts'
import { hears, isSteadyFailure, mayOwn, nextTry, PATIENCE_MS, restUntil, verdictOf } from './webhooks.policy.ts'

const orgId = '0193f0c2-0000-7000-8000-0000000000aa' as OrgId
const [me, somebody] = ['0193f0c2-0000-7000-8000-000000000001', '0193f0c2-0000-7000-8000-000000000002'] as [UserId, UserId]
const documentId = '0193f0c2-0000-7000-8000-0000000000d1' as DocumentId
const actor = (role: Role) => testActor(orgId, me, role)
const key = (...permissions: Permission[]) => ({ ...actor('owner'), permissions: new Set(permissions) })

describe('who hears of what', () => {
  const readersOf = [[], [`user:${me}`], [`org:${orgId}`], [`user:${somebody}`]]
  const audiences = [null, ...readersOf]
  const people = [...roles.map(actor), key('documents:read'), key('documents:read', 'flows:read'), key('orgs:read'), key('orgs:read', 'flows:read'), key('webhooks:manage'), key()]

  test.each(webhookEventTypes)('%s is heard by whoever would hear of it live, and by nobody else', (type) => {
    const documents = 'documentId' in eventPayloads[type].shape ? [documentId] : [null]
    for (const who of people) for (const audience of audiences) for (const readers of readersOf) for (const of of documents) {
      const event: FeedEvent = { position: { xid: 1n, id: 1n }, orgId, type, at: new Date(0), actorId: somebody, documentId: of, audience, readers, payload: {} }
      const isReader = readers.some((principal) => who.principals.includes(principal))
      expect(hears(who, { type, documentId: of, audience, readable: isReader }), JSON.stringify({ role: who.role, audience, readers })).toBe(mayHear(who, event))
    }
  })

  test('a test is heard by its endpoint, whoever owns it', () => {
    expect(hears(key(), { type: webhookTestType, documentId: null, audience: null, readable: false })).toBe(true)
  })

  test('what concerns accounts, keys, invitations and single persons never leaves', () => {
    const kept = Object.keys(eventPayloads).filter((type) => !webhookEventTypes.some((leaves) => leaves === type))
    expect(kept.filter((type) => /^(users|mail|notifications|webhooks)\./.test(type)).length).toBeGreaterThan(15)
    expect(webhookEventTypes.filter((type) => !/^(documents|workflows)\.|^orgs\.(member|ownership|group-member)-/.test(type))).toEqual([])
    expect(kept).toEqual(expect.arrayContaining(['documents.progressed.v1', 'documents.handed-over.v1', 'orgs.invitation-created.v1', 'workflows.tasks-overdue.v1']))
  })
})

test('who manages webhooks may own one', () => {
  expect(roles.filter((role) => mayOwn(actor(role)))).toEqual(['owner', 'admin'])
})

test.each([
  [200, 'taken'], [204, 'taken'], [299, 'taken'], [410, 'gone'], [300, 'failed'], [301, 'failed'], [307, 'failed'], [404, 'failed'], [429, 'failed'], [500, 'failed'], [null, 'failed'],
] as const)('an answer of %s is %s', (status, verdict) => { expect(verdictOf(status)).toBe(verdict) })

describe('the tries of one delivery', () => {
  const begin = new Date('2026-11-29T10:00:00.000Z')
  const times = (random: number): number[] => {
    const seconds: number[] = []
    for (let now = begin, failures = 1; ; failures += 1) {
      const next = nextTry({ failures, firstTriedAt: begin, now, random })
      if (next === null) return seconds
      seconds.push((next.getTime() - begin.getTime()) / 1000)
      now = next
    }
  }

  test('come at first soon, then seldom, and the last one after 72 hours to the second', () => {
    const [h, all] = [3600, times(0)]
    expect(all.slice(0, 5)).toEqual([5, 35, 155, 755, 2555])
    expect(all.slice(5).map((at) => Math.round(at / h))).toEqual([2, 4, 8, 16, 28, 40, 52, 64, 72])
    expect(all.at(-1)).toBe(72 * h)
  })

  test('are spread, and never after the end', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (random) => {
      const all = times(random)
      expect(all.at(-1)).toBe(72 * 3600)
      expect(all.length).toBeGreaterThan(10)
      expect(all.every((at, n) => n === 0 || at > (all[n - 1] ?? 0))).toBe(true)
    }))
    expect(times(1)[0]).toBe(6)
  })
})

test('an endpoint rests from the eighth failure in a row on, longer each time, a quarter of an hour at most', () => {
  const now = new Date(0)
  const rests = Array.from({ length: 16 }, (_, failures) => (restUntil(failures, now)?.getTime() ?? 0) / 1000)
  expect(rests).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900])
  expect(restUntil(10_000, now)?.getTime()).toBe(900_000)
})

test('72 hours without anything taken are steady failure, and a moment less is not', () => {
  const since = new Date(0)
  expect([isSteadyFailure(since, new Date(PATIENCE_MS - 1)), isSteadyFailure(since, new Date(PATIENCE_MS))]).toEqual([false, true])
})
