import { sessionId as toSessionId, type UserId } from '@intellidocs/contracts'
import { allOn, hashToken, newId, nothingHeld, randomToken } from '@intellidocs/kernel'
import { createTestOrg, testDatabase, type TestDatabase } from '@intellidocs/testing'
import { TOTP } from 'otpauth'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { accountEndRepository } from '../account-end.repository.ts'
import { oneTimeTokensRepository } from '../one-time-tokens.repository.ts'
import type { OwnVisit, PeopleDeps } from '../people.deps.ts'
import { secondFactorRepository } from '../second-factor.repository.ts'
import { securityLogRepository } from '../security-log.repository.ts'
import { createSessionStore } from '../session-store.ts'
import { sessionRepository } from '../session.repository.ts'
import { describeTotp, newTotpSecret } from '../totp.ts'
import { usersRepository } from '../users.repository.ts'
import { sealTotpSecret } from './check-code.ts'
import { deleteAccount } from './delete-account.ts'
import { changePassword } from './passwords.ts'
import { beginTotp, confirmTotp, disableTotp } from './totp.ts'

let db: TestDatabase
let deps: PeopleDeps
let userId: UserId
const refuse = () => Promise.reject(new Error('not to be called'))
beforeAll(async () => {
  db = await testDatabase()
  deps = {
    runAsIdentity: (work) => db.database.run({ kind: 'identity' }, work), clock: { now: () => new Date() }, outbox: { append: refuse, appendAll: refuse }, mail: { enqueue: refuse },
    deletions: nothingHeld, guard: { attempt: () => Promise.resolve(), admit: () => Promise.resolve(), succeeded: () => Promise.resolve() }, invitations: { accept: refuse }, switches: allOn, signUp: 'invitation',
    passwords: { hash: (password) => Promise.resolve(`hash of ${password}`), verify: () => Promise.resolve(true) }, secretKeys: [Buffer.alloc(32)],
    sessions: createSessionStore(sessionRepository), sessionRows: sessionRepository, users: usersRepository, ends: accountEndRepository,
    tokens: oneTimeTokensRepository, factors: secondFactorRepository, securityLog: securityLogRepository,
  }
})
afterAll(async () => { await db.close() })

const secret = newTotpSecret()
const codeNow = () => new TOTP({ secret: describeTotp(secret, 'a').secret }).generate()
beforeEach(async () => { userId = (await createTestOrg(db.database, newId())).editor.userId })

/** The request of a session that was ended after the request was let in. */
async function ended(): Promise<OwnVisit> {
  const token = randomToken()
  const { publicId } = await deps.runAsIdentity(async (tx) => {
    const row = await tx.session.create({ data: { id: hashToken(token), userId, expiresAt: new Date(Date.now() + 3_600_000) }, select: { publicId: true } })
    await tx.session.deleteMany({ where: { id: hashToken(token) } })
    return row
  })
  const source = { sessionId: toSessionId.parse(publicId), keyId: null, address: '192.0.2.1' }
  return { requestId: 'r', ip: '192.0.2.1', person: { userId, platformAdmin: false, requestId: 'r', source }, sessionToken: token, setCookie: () => { throw new Error('not to be called') } }
}
const factor = (confirmed: boolean) => deps.runAsIdentity((tx) => tx.secondFactor.create({
  data: { userId, secret: sealTotpSecret(deps, userId, secret), lastStep: 0, confirmedAt: confirmed ? new Date() : null }, select: { userId: true },
}))
const state = () => deps.runAsIdentity(async (tx) => ({
  sessions: await tx.session.count({ where: { userId } }), account: await tx.user.findUnique({ where: { id: userId }, select: { passwordHash: true, status: true } }),
  factor: await tx.secondFactor.findUnique({ where: { userId }, select: { confirmedAt: true, lastStep: true } }), log: await tx.securityLogEntry.count({ where: { userId } }),
}))

test.each<[string, (visit: OwnVisit) => Promise<unknown>, boolean | null]>([
  ['change the password', (visit) => changePassword(deps, visit, { current: 'old password', password: 'new password', transport: 'token' }), null],
  ['begin a second factor', (visit) => beginTotp(deps, visit, { password: 'old password' }), null],
  ['switch one on', (visit) => confirmTotp(deps, visit, { code: codeNow(), transport: 'token' }), false],
  ['switch one off', (visit) => disableTotp(deps, visit, { code: codeNow(), transport: 'token' }), true],
  ['delete the account', (visit) => deleteAccount(deps, visit, { password: 'old password' }), null],
])('a session that is over cannot %s, and no new one comes of it', async (_what, deed, confirmed) => {
  if (confirmed !== null) await factor(confirmed)
  const before = await state()
  await expect(deed(await ended())).rejects.toMatchObject({ code: 'auth.required' })
  expect(await state()).toEqual(before)
  expect(before.sessions).toBe(0)
})
