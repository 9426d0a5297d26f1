import { TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, data, mutate, query, startTestApi, type Answer, type TestApi } from './api.testkit.ts'
import { kindsOf, lastMail, mailsTo, movableClock, newPerson, PASSWORD, securityLog, signInAs, wideLimits, type Person } from './people.testkit.ts'

const clock = movableClock()
let api: TestApi
beforeAll(async () => { api = await startTestApi({ signUp: 'open', rateLimits: wideLimits, clock }) })
afterAll(async () => { await api.close() })

const STEP = 30_000
const codeAt = (secret: string, offset = 0): string => new TOTP({ secret }).generate({ timestamp: clock.now().getTime() + offset })
const wrong = (secret: string): string => String((Number(codeAt(secret, 20 * STEP)) + 1) % 1_000_000).padStart(6, '0')
const me = (headers: Record<string, string>) => query(api.url, 'auth.me', undefined, headers)
const begin = async (headers: Record<string, string>) => data<{ secret: string; uri: string }>(await mutate(api.url, 'auth.totp.begin', { password: PASSWORD }, headers))

type Protected = Person & { secret: string; recoveryCodes: string[] }

/** The code that switches it on is used up, so time moves on by one step. */
async function protect(name: string): Promise<Protected> {
  const person = await newPerson(api, name)
  const { secret } = await begin(person.headers)
  const { token, recoveryCodes } = data<{ token: string; recoveryCodes: string[] }>(
    await mutate(api.url, 'auth.totp.confirm', { code: codeAt(secret), transport: 'token' }, person.headers))
  clock.advance(STEP)
  return { ...person, headers: { authorization: `Bearer ${token}` }, secret, recoveryCodes }
}

const withPassword = ({ email }: Person, more: object = {}): Promise<Answer> =>
  mutate(api.url, 'auth.signIn', { email, password: PASSWORD, transport: 'token', ...more })
const complete = (challenge: string, code: string): Promise<Answer> => mutate(api.url, 'auth.secondFactor', { challenge, code, transport: 'token' })

async function challengeFor(person: Person): Promise<string> {
  const answer = await withPassword(person)
  expect([answer.status, codeOf(answer)]).toEqual([401, 'auth.second_factor_required'])
  return (answer.body as { error: { data: { details: { challenge: string } } } }).error.data.details.challenge
}
const opened = (answers: readonly Answer[]): Answer[] => answers.filter(({ status }) => status === 200)

describe('switching on', () => {
  test('nothing is asked for until a code confirms it; then the session goes on under a new id', async () => {
    const person = await newPerson(api, 'begins')
    const { secret, uri } = await begin(person.headers)
    expect(uri).toContain(`secret=${secret}`)
    await signInAs(api, person.email)
    expect(codeOf(await mutate(api.url, 'auth.totp.confirm', { code: wrong(secret) }, person.headers))).toBe('auth.code_invalid')
    expect(data(await me(person.headers))).toMatchObject({ secondFactor: false })
    const answer = await mutate(api.url, 'auth.totp.confirm', { code: codeAt(secret), transport: 'token' }, person.headers)
    const { token, recoveryCodes } = data<{ token: string; recoveryCodes: string[] }>(answer)
    expect(new Set(recoveryCodes).size).toBe(10)
    expect(codeOf(await me(person.headers))).toBe('auth.required')
    const headers = { authorization: `Bearer ${token}` }
    expect(data(await me(headers))).toMatchObject({ secondFactor: true })
    expect(kindsOf(await securityLog(api, headers))).toContain('totp-on')
    expect(await lastMail(api, person.email, 'second-factor-changed')).toMatchObject({ change: 'on' })
    expect(codeOf(await mutate(api.url, 'auth.totp.begin', { password: PASSWORD }, headers))).toBe('auth.second_factor_on')
  })

  test('wants the password again, and ends every other session', async () => {
    const person = await newPerson(api, 'taken')
    const elsewhere = await signInAs(api, person.email)
    expect(codeOf(await mutate(api.url, 'auth.totp.begin', { password: 'not the password' }, elsewhere))).toBe('auth.password_wrong')
    expect(codeOf(await mutate(api.url, 'auth.totp.confirm', { code: '123456' }, elsewhere))).toBe('auth.second_factor_off')
    const { secret } = await begin(person.headers)
    const { token } = data<{ token: string }>(await mutate(api.url, 'auth.totp.confirm', { code: codeAt(secret), transport: 'token' }, person.headers))
    expect(codeOf(await me(elsewhere))).toBe('auth.required')
    expect((await me({ authorization: `Bearer ${token}` })).status).toBe(200)
  })

  test('confirming what was not begun is refused', async () => {
    const person = await newPerson(api, 'skips')
    expect(codeOf(await mutate(api.url, 'auth.totp.confirm', { code: '123456' }, person.headers))).toBe('auth.second_factor_off')
  })

  test('neither the secret nor a recovery code stands in the database or the log', async () => {
    const { id, secret, recoveryCodes } = await protect('sealed')
    const rows = await api.database.database.run({ kind: 'identity' }, async (tx) => [
      await tx.secondFactor.findMany({ where: { userId: id } }), await tx.recoveryCode.findMany({ where: { userId: id } })])
    const texts = [JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value))]
    for (const text of [...texts, ...api.logLines]) for (const hidden of [secret, ...recoveryCodes]) expect(text).not.toContain(hidden)
    expect(rows.map((table) => table.length)).toEqual([1, 10])
  })
})

describe('signing in', () => {
  test('the password alone opens nothing; the code completes it', async () => {
    const person = await protect('careful')
    const challenge = await challengeFor(person)
    expect(codeOf(await me({ authorization: `Bearer ${challenge}` }))).toBe('auth.required')
    const { token } = data<{ token: string }>(await complete(challenge, codeAt(person.secret)))
    const { items } = data<{ items: { current: boolean; secondFactor: boolean }[] }>(await query(api.url, 'auth.sessions.list', {}, { authorization: `Bearer ${token}` }))
    expect(items.find(({ current }) => current)).toMatchObject({ secondFactor: true })
    expect(codeOf(await complete(challenge, codeAt(person.secret, STEP)))).toBe('auth.token_invalid')
  })

  test('a code that is given along with the password saves the step', async () => {
    const person = await protect('quick')
    expect((await withPassword(person, { code: codeAt(person.secret) })).status).toBe(200)
    expect(codeOf(await withPassword(person, { code: wrong(person.secret) }))).toBe('auth.code_invalid')
    expect(codeOf(await withPassword(person, { password: 'wrong', code: codeAt(person.secret, STEP) }))).toBe('auth.invalid_credentials')
  })

  test('a wrong code is told of, and leaves the challenge for another try', async () => {
    const person = await protect('typo')
    const challenge = await challengeFor(person)
    expect(codeOf(await complete(challenge, wrong(person.secret)))).toBe('auth.code_invalid')
    expect((await complete(challenge, codeAt(person.secret))).status).toBe(200)
    expect(kindsOf(await securityLog(api, person.headers)).filter((kind) => kind === 'second-factor-refused')).toHaveLength(1)
  })

  test('each step is good once: fifty at once with one code, each with a challenge of its own, open one session', async () => {
    const person = await protect('replayed')
    const challenges = await Promise.all(Array.from({ length: 50 }, () => challengeFor(person)))
    const answers = await Promise.all(challenges.map((challenge) => complete(challenge, codeAt(person.secret))))
    expect(opened(answers)).toHaveLength(1)
    expect(answers.filter((answer) => codeOf(answer) === 'auth.code_invalid')).toHaveLength(49)
  })

  test('a challenge is good once: with it and fifty recovery codes at once one session opens, and one code is used up', async () => {
    const person = await protect('challenged')
    const challenge = await challengeFor(person)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => complete(challenge, person.recoveryCodes[n % 10] ?? '')))
    expect(opened(answers)).toHaveLength(1)
    expect(await api.database.database.run({ kind: 'identity' }, (tx) => tx.recoveryCode.count({ where: { userId: person.id } }))).toBe(9)
  })

  test('a recovery code opens once, and its use is told of', async () => {
    const person = await protect('recovers')
    const [code = ''] = person.recoveryCodes
    const answers = await Promise.all(Array.from({ length: 50 }, () => withPassword(person, { code: code.toLowerCase() })))
    expect(opened(answers)).toHaveLength(1)
    expect(kindsOf(await securityLog(api, person.headers)).filter((kind) => kind === 'recovery-code-used')).toHaveLength(1)
  })

  test('a step before the last one that was used is over, and so is a challenge after five minutes or a new password', async () => {
    const person = await protect('late')
    const [slow, ended] = [await challengeFor(person), await challengeFor(person)]
    expect((await withPassword(person, { code: codeAt(person.secret, STEP) })).status).toBe(200)
    expect(codeOf(await complete(slow, codeAt(person.secret)))).toBe('auth.code_invalid')
    clock.advance(2 * STEP)
    data(await mutate(api.url, 'auth.requestPasswordReset', { email: person.email }))
    const { token } = await lastMail(api, person.email, 'reset-password')
    data(await mutate(api.url, 'auth.resetPassword', { token, password: PASSWORD }))
    expect(codeOf(await complete(ended, codeAt(person.secret)))).toBe('auth.token_invalid')
    const timedOut = await challengeFor(person)
    clock.advance(300_001)
    expect(codeOf(await complete(timedOut, codeAt(person.secret)))).toBe('auth.token_invalid')
    expect((await complete(await challengeFor(person), codeAt(person.secret))).status).toBe(200)
  })

  test('the codes of one account do not open another', async () => {
    const [mine, theirs] = [await protect('mine'), await protect('theirs')]
    expect(codeOf(await complete(await challengeFor(theirs), codeAt(mine.secret)))).toBe('auth.code_invalid')
    expect(codeOf(await complete(await challengeFor(theirs), mine.recoveryCodes[0] ?? ''))).toBe('auth.code_invalid')
  })

  test('fifty refusals in a row close the way by six digits until a recovery code or a reset of the password', async () => {
    const person = await protect('besieged')
    const besiege = (refusals: number) => api.database.database.run({ kind: 'identity' }, (tx) => tx.secondFactor.update({ where: { userId: person.id }, data: { refusals }, select: { userId: true } }))
    const byCode = async () => codeOf(await withPassword(person, { code: codeAt(person.secret) }))
    await besiege(49)
    expect(codeOf(await withPassword(person, { code: wrong(person.secret) }))).toBe('auth.code_invalid')
    expect(await byCode()).toBe('auth.code_invalid')
    expect((await withPassword(person, { code: person.recoveryCodes[0] ?? '' })).status).toBe(200)
    expect((await withPassword(person, { code: codeAt(person.secret) })).status).toBe(200)
    clock.advance(2 * STEP)
    await besiege(50)
    expect(await byCode()).toBe('auth.code_invalid')
    data(await mutate(api.url, 'auth.requestPasswordReset', { email: person.email }))
    data(await mutate(api.url, 'auth.resetPassword', { token: (await lastMail(api, person.email, 'reset-password')).token, password: PASSWORD }))
    expect((await withPassword(person, { code: codeAt(person.secret) })).status).toBe(200)
  })

  test('guessing is held back for the account, from wherever', async () => {
    const few = { points: 3, seconds: 3600 }
    const many = { points: 1000, seconds: 3600 }
    const small = await startTestApi({ signUp: 'open', clock, rateLimits: { ...wideLimits, attempts: { ...wideLimits.attempts, secondFactor: { pair: many, account: few, address: many } } } })
    try {
      const person = await newPerson(small, 'guessed')
      const { secret } = data<{ secret: string }>(await mutate(small.url, 'auth.totp.begin', { password: PASSWORD }, person.headers))
      data(await mutate(small.url, 'auth.totp.confirm', { code: codeAt(secret) }, person.headers))
      clock.advance(STEP)
      const guess = () => mutate(small.url, 'auth.signIn', { email: person.email, password: PASSWORD, transport: 'token', code: wrong(secret) })
      for (let n = 0; n < 3; n += 1) expect(codeOf(await guess())).toBe('auth.code_invalid')
      expect(codeOf(await guess())).toBe('rate.limited')
    } finally {
      await small.close()
    }
  })
})

describe('switching off', () => {
  test('wants a code, renews the session and is told of; the password alone signs in again', async () => {
    const person = await protect('leaves')
    expect(codeOf(await mutate(api.url, 'auth.totp.disable', { code: wrong(person.secret) }, person.headers))).toBe('auth.code_invalid')
    expect(codeOf(await withPassword(person))).toBe('auth.second_factor_required')
    const { token } = data<{ token: string }>(await mutate(api.url, 'auth.totp.disable', { code: codeAt(person.secret), transport: 'token' }, person.headers))
    const headers = { authorization: `Bearer ${token}` }
    expect(codeOf(await me(person.headers))).toBe('auth.required')
    expect(data(await me(headers))).toMatchObject({ secondFactor: false })
    expect((await withPassword(person)).status).toBe(200)
    expect(kindsOf(await securityLog(api, headers))).toEqual(expect.arrayContaining(['second-factor-refused', 'totp-off']))
    expect((await mailsTo(api, person.email)).filter(({ template }) => template === 'second-factor-changed')).toHaveLength(2)
    expect(codeOf(await mutate(api.url, 'auth.totp.disable', { code: person.recoveryCodes[0] ?? '' }, headers))).toBe('auth.code_invalid')
  })

  test('a recovery code will do', async () => {
    const person = await protect('lost')
    expect((await mutate(api.url, 'auth.totp.disable', { code: person.recoveryCodes[3] ?? '' }, person.headers)).status).toBe(200)
    expect((await withPassword(person)).status).toBe(200)
  })
})
