import { beforeEach, expect, test, vi } from 'vitest'
import { allOn, nothingHeld, type AttemptGuard, type Tx } from '@intellidocs/kernel'
import type { UserId } from '@intellidocs/contracts'
import { accountEndRepository } from '../account-end.repository.ts'
import { oneTimeTokensRepository } from '../one-time-tokens.repository.ts'
import type { Passwords } from '../password.ts'
import type { PeopleDeps } from '../people.deps.ts'
import { secondFactorRepository } from '../second-factor.repository.ts'
import { securityLogRepository, type SecurityLogRepository } from '../security-log.repository.ts'
import { createSessionStore } from '../session-store.ts'
import { sessionRepository, type SessionRepository } from '../session.repository.ts'
import { usersRepository, type Account } from '../users.repository.ts'
import { signIn } from './sign-in.ts'

const known: Account = {
  id: '11111111-1111-4111-8111-111111111111' as UserId, email: 'a@example.test', name: 'A', passwordHash: 'stored', platformAdmin: false, active: true,
  locale: 'en', emailVerified: true, createdAt: new Date(0),
}
const visit = { requestId: 'r', ip: '192.0.2.1', person: null, sessionToken: null, setCookie: vi.fn<(value: string) => void>() }
const input = { email: known.email, password: 'p', transport: 'token' as const }

const verify = vi.fn<Passwords['verify']>()
const insert = vi.fn<SessionRepository['insert']>()
const write = vi.fn<SecurityLogRepository['write']>()
const countRefusal = vi.fn<SecurityLogRepository['countRefusal']>()
const attempt = vi.fn<AttemptGuard['attempt']>()
const succeeded = vi.fn<AttemptGuard['succeeded']>()
let inUnit = 0

beforeEach(() => {
  vi.resetAllMocks()
  countRefusal.mockResolvedValue({ inAll: 1, fromAddress: 1 })
  verify.mockImplementation((stored) => {
    // Hashing takes a moment: a transaction that waits for it would hold a connection, and all others on the embedded database.
    expect(inUnit).toBe(0)
    return Promise.resolve(stored === 'stored')
  })
})

const refuse = () => Promise.reject(new Error('not to be called'))

/** `later`: the account when it is locked. */
function deps(account: Account | null, later = account): PeopleDeps {
  return {
    clock: { now: () => new Date(0) }, outbox: { append: refuse, appendAll: refuse }, mail: { enqueue: refuse }, invitations: { accept: refuse }, switches: allOn, signUp: 'invitation', deletions: nothingHeld,
    secretKeys: [Buffer.alloc(32)], guard: { attempt, admit: refuse, succeeded }, passwords: { hash: refuse, verify }, ends: accountEndRepository, tokens: oneTimeTokensRepository,
    sessions: createSessionStore({ ...sessionRepository, insert }), sessionRows: sessionRepository,
    users: { ...usersRepository, findByEmail: () => Promise.resolve(account), lock: () => Promise.resolve(later), places: () => Promise.resolve([]) },
    factors: { ...secondFactorRepository, find: () => Promise.resolve(null) },
    securityLog: { ...securityLogRepository, write, countRefusal, signIns: () => Promise.resolve({ any: false, fromDevice: false }) },
    async runAsIdentity(work) {
      inUnit += 1
      try {
        return await work({} as Tx)
      } finally {
        inUnit -= 1
      }
    },
  }
}

test.each([['unknown', null], ['suspended', { ...known, active: false }], ['known', { ...known, passwordHash: 'other' }]])(
  'a password for an %s account is verified once, counted once, logged once and opens nothing', async (_what, account) => {
    await expect(signIn(deps(account), visit, input)).rejects.toMatchObject({ code: 'auth.invalid_credentials' })
    expect(verify.mock.calls).toEqual([[account?.passwordHash ?? null, 'p']])
    expect(countRefusal).toHaveBeenCalledTimes(1)
    expect(write.mock.calls.map(([, { userId, kind }]) => [userId, kind])).toEqual([[account?.id ?? null, 'sign-in-refused']])
    expect(insert).not.toHaveBeenCalled()
    expect(succeeded).not.toHaveBeenCalled()
  })

test('a password that was changed while it was being verified opens nothing', async () => {
  await expect(signIn(deps(known, { ...known, passwordHash: 'new' }), visit, input)).rejects.toMatchObject({ code: 'auth.invalid_credentials' })
  expect(insert).not.toHaveBeenCalled()
})

test('a held-back attempt costs no hashing', async () => {
  attempt.mockRejectedValueOnce(new Error('held back'))
  await expect(signIn(deps(known), visit, input)).rejects.toThrow('held back')
  expect(verify).not.toHaveBeenCalled()
})

test('the session that is stored is not the token that is handed out', async () => {
  const { token } = await signIn(deps(known), visit, input)
  expect(token).toMatch(/^[a-z0-9]{40}$/)
  expect(insert).toHaveBeenCalledTimes(1)
  expect(insert.mock.calls[0]?.[1].id).toMatch(/^[0-9a-f]{64}$/)
  expect(insert.mock.calls[0]?.[1].id).not.toContain(token)
})
