import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ALLOWED_ORIGIN, codeOf, data, mutate, query, startTestApi, type Answer, type TestApi } from './api.testkit.ts'
import { kindsOf, lastMail, mailsTo, movableClock, newPerson, PASSWORD, securityLog, signInAs, wideLimits, type Person } from './people.testkit.ts'

const clock = movableClock()
let api: TestApi
beforeAll(async () => { api = await startTestApi({ signUp: 'open', rateLimits: wideLimits, clock }) })
afterAll(async () => { await api.close() })

const NEW = 'another long password'
const me = (headers: Record<string, string>) => query(api.url, 'auth.me', undefined, headers)
const reset = (token: string, password = NEW) => mutate(api.url, 'auth.resetPassword', { token, password })
const change = (person: Person, input: object = {}) =>
  mutate(api.url, 'auth.changePassword', { current: PASSWORD, password: NEW, transport: 'token', ...input }, person.headers)
const linkFor = async ({ email }: Person): Promise<string> => {
  expect(data(await mutate(api.url, 'auth.requestPasswordReset', { email }))).toEqual({ requested: true })
  return (await lastMail(api, email, 'reset-password')).token
}
const words = ({ status, body }: Answer): string => `${status} ${JSON.stringify(body).replace(/"requestId":"[^"]+"/, '')}`

describe('changing', () => {
  test('ends every other session, and the own one goes on under a new id', async () => {
    const person = await newPerson(api, 'changer')
    const elsewhere = await signInAs(api, person.email)
    const { token } = data<{ token: string }>(await change(person))
    const renewed = { authorization: `Bearer ${token}` }
    for (const old of [person.headers, elsewhere]) expect(codeOf(await me(old))).toBe('auth.required')
    expect((await me(renewed)).status).toBe(200)
    expect(codeOf(await mutate(api.url, 'auth.signIn', { email: person.email, password: PASSWORD }))).toBe('auth.invalid_credentials')
    await signInAs(api, person.email, { password: NEW })
    expect(kindsOf(await securityLog(api, renewed))).toContain('password-changed')
    expect((await mailsTo(api, person.email)).map(({ template }) => template)).toContain('password-changed')
  })

  test('a browser gets the new id as a cookie, and no token', async () => {
    const person = await newPerson(api, 'browser')
    const answer = await mutate(api.url, 'auth.changePassword', { current: PASSWORD, password: NEW }, { ...person.headers, origin: ALLOWED_ORIGIN })
    expect(data<{ token: null }>(answer).token).toBeNull()
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect((await me({ cookie })).status).toBe(200)
  })

  test('the wrong password changes nothing and is told of', async () => {
    const person = await newPerson(api, 'mistaken')
    expect(codeOf(await change(person, { current: 'not the password' }))).toBe('auth.password_wrong')
    expect((await me(person.headers)).status).toBe(200)
    await signInAs(api, person.email)
    expect(kindsOf(await securityLog(api, person.headers))).toEqual(['signed-up', 'signed-in', 'sign-in-refused', 'signed-in'])
    expect((await mailsTo(api, person.email)).map(({ template }) => template)).not.toContain('password-changed')
  })

  test('of ten changes at once one counts', async () => {
    const person = await newPerson(api, 'hasty')
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => change(person, { password: `${NEW} ${n}` })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(kindsOf(await securityLog(api, await signInAs(api, person.email, { password: `${NEW} ${answers.findIndex(({ status }) => status === 200)}` })))
      .filter((kind) => kind === 'password-changed')).toHaveLength(1)
  })
})

describe('resetting', () => {
  test('by the link of a mail ends every session and proves the address', async () => {
    const person = await newPerson(api, 'forgetful')
    await api.database.database.run({ kind: 'identity' }, (tx) => tx.user.updateMany({ where: { id: person.id }, data: { emailVerifiedAt: null } }))
    expect(data(await reset(await linkFor(person)))).toEqual({ reset: true })
    expect(codeOf(await me(person.headers))).toBe('auth.required')
    const headers = await signInAs(api, person.email, { password: NEW })
    expect(data(await me(headers))).toMatchObject({ emailVerified: true })
    expect(kindsOf(await securityLog(api, headers))).toEqual(['signed-up', 'signed-in', 'password-reset-requested', 'password-reset', 'signed-in'])
    expect((await mailsTo(api, person.email)).map(({ template }) => template)).toEqual(['verify-email', 'reset-password', 'password-changed'])
  })

  test('fifty with one link at once set one password', async () => {
    const person = await newPerson(api, 'racing')
    const token = await linkFor(person)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => reset(token, `${NEW} ${n}`)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter((answer) => codeOf(answer) === 'auth.token_invalid')).toHaveLength(49)
    await signInAs(api, person.email, { password: `${NEW} ${answers.findIndex(({ status }) => status === 200)}` })
  })

  test('a link ends with its hour, and with any new password', async () => {
    const person = await newPerson(api, 'slow')
    const [first, second, third] = [await linkFor(person), await linkFor(person), await linkFor(person)]
    expect((await reset(second)).status).toBe(200)
    for (const token of [first, third]) expect(codeOf(await reset(token))).toBe('auth.token_invalid')
    const late = await linkFor(person)
    clock.advance(3_600_001)
    expect(codeOf(await reset(late, 'never to be used'))).toBe('auth.token_invalid')
    await signInAs(api, person.email, { password: NEW })
  })

  test('a known, an unknown and a suspended account get the same answer; only the known one gets mail', async () => {
    const [known, suspended] = [await newPerson(api, 'here'), await newPerson(api, 'away')]
    await api.database.database.run({ kind: 'identity' }, (tx) => tx.user.updateMany({ where: { id: suspended.id }, data: { status: 'suspended' } }))
    const emails = [known.email, suspended.email, 'nobody@example.test']
    const answers = await Promise.all(emails.map((email) => mutate(api.url, 'auth.requestPasswordReset', { email })))
    expect(new Set(answers.map(words)).size).toBe(1)
    const resets = await Promise.all(emails.map(async (email) => (await mailsTo(api, email)).filter(({ template }) => template === 'reset-password').length))
    expect(resets).toEqual([1, 0, 0])
  })
})

test('a second factor that was begun and not confirmed ends with the password, changed or reset', async () => {
  const begun = (person: Person) => api.database.database.run({ kind: 'identity' }, (tx) => tx.secondFactor.count({ where: { userId: person.id } }))
  for (const [name, deed] of [['changes', change], ['resets', async (person: Person) => reset(await linkFor(person))]] as const) {
    const person = await newPerson(api, name)
    data(await mutate(api.url, 'auth.totp.begin', { password: PASSWORD }, person.headers))
    expect(await begun(person)).toBe(1)
    expect((await deed(person)).status).toBe(200)
    expect(await begun(person)).toBe(0)
  }
})
