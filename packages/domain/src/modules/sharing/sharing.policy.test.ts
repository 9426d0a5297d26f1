import type { FolderId } from '@intellidocs/contracts'
import { expect, test } from 'vitest'
import { fits, hasDownloadsLeft, hasViewsLeft, isInBundle, longestUntil, markOf, mayShare, sees, stands, stateOf } from './sharing.policy.ts'

const HOUR = 3_600_000
const now = new Date('2026-11-30T12:00:00Z')
const at = (hours: number) => new Date(now.getTime() + hours * HOUR)
const anything = { links: 'allowed', maxDays: null, passwordRequired: false } as const
const plain = { passwordHash: null, expiresAt: null, createdAt: now, revokedAt: null }

test('it takes level manage to share', () => {
  expect((['view', 'edit', 'manage', null] as const).filter(mayShare)).toEqual(['manage'])
})

test('a folder belongs to a bundle that is it or lies above it, if the maker may share the folder itself', () => {
  const [top, middle, other] = ['top', 'middle', 'other'] as string[] as [FolderId, FolderId, FolderId]
  const level = 'manage'
  expect([isInBundle({ path: [top], level }, top), isInBundle({ path: [other, top, middle], level }, top)]).toEqual([true, true])
  expect([isInBundle({ path: [top], level }, middle), isInBundle({ path: [other], level }, top), isInBundle({ path: [top, middle], level: 'edit' }, top), isInBundle({ path: [top], level: null }, top)])
    .toEqual([false, false, false, false])
})

test('a link is shown to whoever made it, and to those who manage documents', () => {
  const [me, other] = ['me', 'other'] as never[]
  const who = (userId: never, ...permissions: string[]) => ({ userId, permissions: new Set(permissions) as never })
  expect([sees(who(me!), { createdBy: me! }), sees(who(other!), { createdBy: me! }), sees(who(other!, 'documents:manage'), { createdBy: me! })]).toEqual([true, false, true])
})

test.each<[string, Parameters<typeof fits>[0], Partial<typeof plain> | { expiresAt: Date } | { passwordHash: string }, boolean]>([
  ['anything where all is allowed', anything, {}, true],
  ['nothing where links are forbidden', { ...anything, links: 'forbidden' }, {}, false],
  ['none without a password where one is wanted', { ...anything, passwordRequired: true }, {}, false],
  ['one with it', { ...anything, passwordRequired: true }, { passwordHash: 'x' }, true],
  ['none without an end where lives are bounded', { ...anything, maxDays: 1 }, {}, false],
  ['one that ends with the longest life', { ...anything, maxDays: 1 }, { expiresAt: at(24) }, true],
  ['none that lives longer', { ...anything, maxDays: 1 }, { expiresAt: at(24.001) }, false],
])('the policy lets one make %s', (_what, allowed, over, fine) => {
  expect(fits(allowed, { ...plain, ...over })).toBe(fine)
})

test.each<[string, object, object, boolean]>([
  ['as it was made', {}, {}, true],
  ['until its end', { expiresAt: at(1) }, {}, true],
  ['not at its end', { expiresAt: now }, {}, false],
  ['not once revoked', { revokedAt: at(-1) }, {}, false],
  ['not once links are forbidden', {}, { links: 'forbidden' }, false],
  ['not without the password that is wanted now', {}, { passwordRequired: true }, false],
  ['without an end, until the longest life that is allowed now', { createdAt: at(-23) }, { maxDays: 1 }, true],
  ['not longer, whatever end it was given', { createdAt: at(-24), expiresAt: at(100) }, { maxDays: 1 }, false],
])('a link stands %s', (_what, share, allowed, expected) => {
  expect(stands({ ...plain, ...share }, { ...anything, ...allowed }, now)).toBe(expected)
})

test('views and downloads are left until the limit', () => {
  const left = (views: number, viewLimit: number | null) => hasViewsLeft({ views, viewLimit })
  expect([left(0, 1), left(1, 1), left(2, 1), left(9, null)]).toEqual([true, false, false, true])
  const downloads = (download: boolean, count: number, downloadLimit: number | null) => hasDownloadsLeft({ download, downloads: count, downloadLimit })
  expect([downloads(true, 0, 1), downloads(true, 1, 1), downloads(true, 9, null), downloads(false, 0, null)]).toEqual([true, false, true, false])
})

test('what a link is called tells why it does not open', () => {
  const open = { revokedAt: null, expiresAt: null, viewLimit: 2, views: 1 }
  expect([open, { ...open, views: 2 }, { ...open, expiresAt: now }, { ...open, revokedAt: now, expiresAt: now }].map((share) => stateOf(share, now)))
    .toEqual(['open', 'used_up', 'expired', 'revoked'])
})

test('the longest life counts from when the link was made, and the mark says who looks and since when', () => {
  expect([longestUntil({ maxDays: 2 }, now), longestUntil({ maxDays: null }, now)]).toEqual([at(48), null])
  expect(markOf({ email: null, address: '192.0.2.0/24', openedAt: now })).toBe('192.0.2.0/24 2026-11-30 12:00 UTC')
  expect(markOf({ email: 'ada@example.org', address: '192.0.2.0/24', openedAt: now })).toBe('ada@example.org 2026-11-30 12:00 UTC')
})
