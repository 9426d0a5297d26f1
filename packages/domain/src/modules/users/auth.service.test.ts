import { beforeEach, expect, test, vi } from 'vitest'
import type { Tx } from '@intellidocs/kernel'
import type { UserId } from '@intellidocs/contracts'
import { createAuthService, type SignInGuard } from './auth.service.ts'
import type { Passwords } from './password.ts'
import { createSessionStore } from './session-store.ts'
import { sessionRepository, type SessionRepository } from './session.repository.ts'
import { usersRepository, type Account } from './users.repository.ts'

const known: Account = { id: '11111111-1111-4111-8111-111111111111' as UserId, email: 'a@example.test', name: 'A', passwordHash: 'stored', platformAdmin: false, active: true }
const context = { ip: '192.0.2.1', sessionToken: null, setCookie: vi.fn<(value: string) => void>() }

let passwords: { hash: Passwords['hash']; verify: ReturnType<typeof vi.fn<Passwords['verify']>> }
let insert: ReturnType<typeof vi.fn<SessionRepository['insert']>>
let guard: { attempt: ReturnType<typeof vi.fn<SignInGuard['attempt']>>; succeeded: ReturnType<typeof vi.fn<SignInGuard['succeeded']>> }
let inUnit = 0

beforeEach(() => {
  passwords = { hash: vi.fn<Passwords['hash']>(), verify: vi.fn<Passwords['verify']>((stored) => {
    // Hashing takes a moment: a transaction that waits for it would hold a connection, and all others on the embedded database.
    expect(inUnit).toBe(0)
    return Promise.resolve(stored === 'stored')
  }) }
  insert = vi.fn<SessionRepository['insert']>(() => Promise.resolve())
  guard = { attempt: vi.fn<SignInGuard['attempt']>(() => Promise.resolve()), succeeded: vi.fn<SignInGuard['succeeded']>(() => Promise.resolve()) }
})

function service(account: Account | null) {
  return createAuthService({
    passwords, guard,
    sessions: createSessionStore({ ...sessionRepository, insert }),
    users: { ...usersRepository, findByEmail: () => Promise.resolve(account), places: () => Promise.resolve([]) },
    async runAsIdentity(work) {
      inUnit += 1
      try {
        return await work({} as Tx)
      } finally {
        inUnit -= 1
      }
    },
  })
}
const input = { email: known.email, password: 'p', transport: 'token' as const }

test.each([['unknown', null], ['suspended', { ...known, active: false }], ['known', { ...known, passwordHash: 'other' }]])(
  'a password for an %s account is verified once and opens nothing', async (_what, account) => {
    await expect(service(account).signIn(context, input)).rejects.toMatchObject({ code: 'auth.invalid_credentials' })
    expect(passwords.verify.mock.calls).toEqual([[account?.passwordHash ?? null, 'p']])
    expect(insert).not.toHaveBeenCalled()
    expect(guard.succeeded).not.toHaveBeenCalled()
  })

test('a held-back attempt costs no hashing', async () => {
  guard.attempt.mockRejectedValueOnce(new Error('held back'))
  await expect(service(known).signIn(context, input)).rejects.toThrow('held back')
  expect(passwords.verify).not.toHaveBeenCalled()
})

test('the session that is stored is not the token that is handed out', async () => {
  const { token } = await service(known).signIn(context, input)
  expect(token).toMatch(/^[a-z0-9]{40}$/)
  expect(insert).toHaveBeenCalledTimes(1)
  expect(insert.mock.calls[0]?.[1].id).toMatch(/^[0-9a-f]{64}$/)
  expect(insert.mock.calls[0]?.[1].id).not.toContain(token)
})
