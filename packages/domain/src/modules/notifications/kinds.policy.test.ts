import { notificationsContract, permissions, rolePermissions, roles, type Permission } from '@intellidocs/contracts'
import { describe, expect, test } from 'vitest'
import { begunAt, channelsOf, kindsFor, mailOf, mayBeTold, preferencesOf } from './kinds.policy.ts'

const { kinds, getPreferences } = notificationsContract

test('every role is told of every kind but what is for who manages webhooks and who sees the use', () => {
  expect(Object.fromEntries(roles.map((role) => [role, kinds.filter((kind) => !mayBeTold(new Set(rolePermissions[role]), kind))]))).toEqual({
    owner: [], admin: [], ...Object.fromEntries(['editor', 'viewer', 'guest'].map((role) => [role, ['webhook_paused', 'quota_near']])),
  })
})

test('who may not read notifications is told nothing, whatever else they hold', () => {
  expect(kindsFor(new Set(permissions.filter((permission) => permission !== 'notifications:read')))).toEqual([])
})

test.each<[Permission[], notificationsContract.Kind[]]>([
  [[], ['security']], [['tasks:decide'], ['tasks_overdue', 'security']],
  [['documents:read'], ['run_ended', 'mentioned', 'version_wanted', 'shared', 'processing_failed', 'security', 'link_opened', 'files_received']],
  [['webhooks:manage'], ['security', 'webhook_paused']], [['usage:read'], ['security', 'quota_near']],
])('with %j beside it one is told of %j', (held, expected) => {
  expect(kindsFor(new Set<Permission>(['notifications:read', ...held]))).toEqual(expected)
})

test('the defaults are preferences that the contract takes, and what was chosen stands in their place', () => {
  expect(getPreferences.output.parse(preferencesOf(new Map(), null)).digest).toBe('daily')
  const chosen = new Map([['shared', { live: false, inbox: true, mail: 'off' }] as const])
  expect(getPreferences.output.parse(preferencesOf(chosen, 'hourly'))).toMatchObject({ digest: 'hourly', kinds: { shared: { live: false, inbox: true, mail: 'off' } } })
})

test('mail on security is none of this module, whatever was chosen, and never off where it is shown', () => {
  const chosen = new Map([['security', { live: false, inbox: false, mail: 'off' }] as const])
  expect(mailOf('security', channelsOf(chosen, 'security'))).toBe('off')
  expect(preferencesOf(chosen, null).kinds.security).toEqual({ live: false, inbox: false, mail: 'immediate' })
})

describe('the hour or day of a digest', () => {
  test.each<[notificationsContract.Rhythm, string, string]>([
    ['hourly', '2026-11-29T10:00:00.000Z', '2026-11-29T10:00:00.000Z'], ['hourly', '2026-11-29T10:59:59.999Z', '2026-11-29T10:00:00.000Z'],
    ['daily', '2026-11-29T05:59:59.999Z', '2026-11-28T06:00:00.000Z'], ['daily', '2026-11-29T06:00:00.000Z', '2026-11-29T06:00:00.000Z'],
    ['daily', '2026-11-29T23:00:00.000Z', '2026-11-29T06:00:00.000Z'], ['daily', '2026-12-01T00:30:00.000Z', '2026-11-30T06:00:00.000Z'],
  ])('%s at %s began at %s', (rhythm, now, begun) => {
    expect(begunAt(rhythm, new Date(now)).toISOString()).toBe(begun)
  })
})
