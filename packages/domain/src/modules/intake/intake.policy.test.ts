import type { UploadRequestId } from '@intellidocs/contracts'
import { expect, test } from 'vitest'
import { passFor, passHolds, stateOf } from './intake.policy.ts'

const now = new Date('2026-11-30T12:00:00.000Z')
const open = { revokedAt: null, expiresAt: new Date(now.getTime() + 1), files: 1, maxFiles: 2, bytes: 1, maxTotalBytes: 2 }

test.each([
  ['open', {}], ['revoked', { revokedAt: now, expiresAt: now }], ['expired', { expiresAt: now }], ['used_up', { files: 2 }], ['used_up', { bytes: 2 }],
] as const)('a request is %s by %j', (state, more) => {
  expect(stateOf({ ...open, ...more }, now)).toBe(state)
})

const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const locked = { id: '00000000-0000-4000-8000-000000000001' as UploadRequestId, passwordHash: 'hash' }

test('a pass holds for two hours, for its request and its password alone, also under a key that was changed', () => {
  const pass = passFor(key, locked, now)
  const holds = (more: Partial<{ keys: Buffer[]; of: typeof locked; pass: string; after: number }> = {}): boolean =>
    passHolds(more.keys ?? [key], more.of ?? locked, { pass: more.pass ?? pass, now: new Date(now.getTime() + (more.after ?? 0)) })
  expect([holds(), holds({ keys: [other, key] }), holds({ after: 7_199_999 })]).toEqual([true, true, true])
  const longer = `${Number(pass.split('.')[0]) + 1}.${pass.split('.')[1]}`
  expect([
    holds({ keys: [other] }), holds({ after: 7_200_000 }), holds({ of: { ...locked, passwordHash: 'new' } }), holds({ of: { ...locked, id: '00000000-0000-4000-8000-000000000002' as UploadRequestId } }),
    holds({ pass: longer }), holds({ pass: '' }), holds({ pass: 'x.y.z' }),
  ]).toEqual(Array(7).fill(false))
  expect(passHolds([key], { ...locked, passwordHash: null }, { pass: '', now })).toBe(true)
})
