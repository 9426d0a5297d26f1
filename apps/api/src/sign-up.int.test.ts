import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADMIN, codeOf, data, mutate, query, signIn, startTestApi, type Answer, type TestApi } from './api.testkit.ts'
import { kindsOf, lastMail, mailedInvitation, mailsTo, movableClock, newPerson, PASSWORD, securityLog, signInAs, wideLimits } from './people.testkit.ts'

const clock = movableClock()
let api: TestApi
let closed: TestApi
beforeAll(async () => { [api, closed] = [await startTestApi({ signUp: 'open', rateLimits: wideLimits, clock }), await startTestApi({ rateLimits: wideLimits })] })
afterAll(async () => { await Promise.all([api.close(), closed.close()]) })

const signUp = (to: TestApi, email: string, more: object = {}) => mutate(to.url, 'auth.signUp', { email, password: PASSWORD, name: 'Ann', ...more })
const accounts = (of: TestApi, email: string): Promise<number> => of.database.database.run({ kind: 'identity' }, (tx) => tx.user.count({ where: { email } }))
/** Without what differs between any two answers. */
const words = ({ status, body }: Answer): string => `${status} ${JSON.stringify(body).replace(/"requestId":"[^"]+"/, '')}`

describe('by mail', () => {
  test('an account begins when the link is followed, and not before', async () => {
    const email = 'new@example.test'
    expect(data(await signUp(api, email))).toEqual({ next: 'verify-email' })
    expect(await accounts(api, email)).toBe(0)
    expect(codeOf(await mutate(api.url, 'auth.signIn', { email, password: PASSWORD }))).toBe('auth.invalid_credentials')
    const { token } = await lastMail(api, email, 'verify-email')
    expect(data(await mutate(api.url, 'auth.verifyEmail', { token, password: PASSWORD }))).toEqual({ verified: true })
    const headers = await signInAs(api, email)
    expect(data(await query(api.url, 'auth.me', undefined, headers))).toMatchObject({ user: { email, name: 'Ann', platformAdmin: false }, orgs: [], emailVerified: true, secondFactor: false })
    expect(kindsOf(await securityLog(api, headers))).toEqual(['signed-up', 'signed-in'])
  })

  test('a known and an unknown address get the same answer; only the mailbox tells', async () => {
    const { email } = await newPerson(api, 'known')
    const [known, unknown] = [await signUp(api, email, { name: 'Mallory', password: 'another password' }), await signUp(api, 'unknown@example.test')]
    expect(words(known)).toBe(words(unknown))
    expect((await mailsTo(api, email)).map(({ template }) => template)).toEqual(['verify-email', 'account-exists'])
    expect((await mailsTo(api, 'unknown@example.test')).map(({ template }) => template)).toEqual(['verify-email'])
    expect(codeOf(await mutate(api.url, 'auth.signIn', { email, password: 'another password' }))).toBe('auth.invalid_credentials')
    expect(kindsOf(await securityLog(api, await signInAs(api, email)))).toContain('sign-up-repeated')
  })

  test.each(['before', 'after'])('a stranger who signs up with an address %s its owner puts no password of theirs in force', async (when) => {
    const email = `twice-${when}@example.test`
    const strangers = { password: 'of somebody else', name: 'Mallory' }
    const linkOf = async (more: object = {}) => {
      data(await signUp(api, email, more))
      return (await lastMail(api, email, 'verify-email')).token
    }
    const early = when === 'before' ? await linkOf(strangers) : null
    const own = await linkOf()
    const foreign = early ?? await linkOf(strangers)
    const follow = (token: string, password: string) => mutate(api.url, 'auth.verifyEmail', { token, password })
    for (const [token, password] of [[foreign, PASSWORD], [own, strangers.password]] as const) expect(codeOf(await follow(token, password))).toBe('auth.password_wrong')
    expect(await accounts(api, email)).toBe(0)
    expect(data(await follow(own, PASSWORD))).toEqual({ verified: true })
    expect(codeOf(await follow(foreign, strangers.password))).toBe('auth.token_invalid')
    expect(codeOf(await mutate(api.url, 'auth.signIn', { email, password: strangers.password }))).toBe('auth.invalid_credentials')
    expect(data(await query(api.url, 'auth.me', undefined, await signInAs(api, email)))).toMatchObject({ user: { name: 'Ann' } })
  })

  test('fifty who follow one link at once make one account', async () => {
    const email = 'race@example.test'
    await signUp(api, email)
    const { token } = await lastMail(api, email, 'verify-email')
    const answers = await Promise.all(Array.from({ length: 50 }, () => mutate(api.url, 'auth.verifyEmail', { token, password: PASSWORD })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter((answer) => codeOf(answer) === 'auth.token_invalid')).toHaveLength(49)
    expect(await accounts(api, email)).toBe(1)
  })

  test('a link that is over, of another kind or made up opens nothing', async () => {
    const late = 'late@example.test'
    await signUp(api, late)
    const { token } = await lastMail(api, late, 'verify-email')
    const { email } = await newPerson(api, 'resetting')
    await mutate(api.url, 'auth.requestPasswordReset', { email })
    const reset = await lastMail(api, email, 'reset-password')
    clock.advance(24 * 3_600_000 + 1000)
    for (const tried of [token, reset.token, 'x'.repeat(43)]) expect(codeOf(await mutate(api.url, 'auth.verifyEmail', { token: tried, password: PASSWORD }))).toBe('auth.token_invalid')
    expect(await accounts(api, late)).toBe(0)
  })

  test('neither a password nor a token stands in the database or the log', async () => {
    const email = 'secret@example.test'
    await signUp(api, email, { password: 'unforgettable zebra' })
    const { token } = await lastMail(api, email, 'verify-email')
    const rows = await api.database.database.run({ kind: 'identity' }, (tx) => tx.oneTimeToken.findMany({ where: { email } }))
    expect(rows).toHaveLength(1)
    for (const text of [JSON.stringify(rows), ...api.logLines]) for (const secret of [token, 'unforgettable zebra']) expect(text).not.toContain(secret)
  })

  test.each([['a short password', { password: 'short' }], ['a name with a line break', { name: 'Ann\r\nBcc: x' }], ['an unknown language', { locale: 'de' }], ['an object for a name', { name: { $gt: '' } }]])(
    'with %s is refused and mails nobody', async (_what, more) => {
      const email = 'bad@example.test'
      expect(codeOf(await signUp(api, email, more))).toBe('input.invalid')
      expect(await mailsTo(api, email)).toEqual([])
    })

  test('where accounts need an invitation nobody makes one without, known or not', async () => {
    const [known, unknown] = [await signUp(closed, ADMIN.email), await signUp(closed, 'stranger@example.test')]
    expect(codeOf(known)).toBe('auth.sign_up_closed')
    expect(words(known)).toBe(words(unknown))
    expect([await mailsTo(closed, ADMIN.email), await mailsTo(closed, 'stranger@example.test')]).toEqual([[], []])
  })
})

describe('by invitation', () => {
  const invite = async (email: string): Promise<string> => {
    data(await mutate(closed.url, 'orgs.invitations.create', { email, role: 'viewer' }, await signIn(closed.url)))
    return mailedInvitation(closed, email)
  }

  test('whoever invites learns nothing with which they could sign up in the name of the address', async () => {
    const email = 'stranger-to-all@example.test'
    const owner = await signIn(closed.url)
    const answer = await mutate(closed.url, 'orgs.invitations.create', { email, role: 'viewer' }, owner)
    const { invitation } = data<{ invitation: Record<string, string> }>(answer)
    expect(JSON.stringify([answer.body, (await query(closed.url, 'orgs.invitations.list', {}, owner)).body])).not.toContain(await mailedInvitation(closed, email))
    for (const told of Object.values(invitation).filter((value) => typeof value === 'string')) {
      const answers = [await signUp(closed, email, { invitation: told }), await signUp(closed, ADMIN.email, { invitation: told })]
      for (const { status, body } of answers) expect([status === 200, JSON.stringify(body).includes('account_exists')]).toEqual([false, false])
    }
    expect(await accounts(closed, email)).toBe(0)
  })

  test('account and membership are there at once, the address proven', async () => {
    const email = 'guest@example.test'
    expect(data(await signUp(closed, email, { invitation: await invite(email) }))).toEqual({ next: 'sign-in' })
    const headers = { ...await signInAs(closed, email), 'x-intellidocs-org': 'main' }
    expect(data(await query(closed.url, 'auth.me', undefined, headers))).toMatchObject({ role: 'viewer', emailVerified: true, orgs: [{ slug: 'main' }] })
  })

  test('an invitation to another address makes no account', async () => {
    const token = await invite('right@example.test')
    expect((await signUp(closed, 'wrong@example.test', { invitation: token })).status).toBe(404)
    expect(await accounts(closed, 'wrong@example.test')).toBe(0)
    expect(data(await signUp(closed, 'right@example.test', { invitation: token }))).toEqual({ next: 'sign-in' })
  })

  test('fifty at once with one invitation make one account', async () => {
    const email = 'crowd@example.test'
    const invitation = await invite(email)
    const answers = await Promise.all(Array.from({ length: 50 }, () => signUp(closed, email, { invitation })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await accounts(closed, email)).toBe(1)
    expect(codeOf(await signUp(closed, email, { invitation }))).not.toBe('auth.account_exists')
  })

  test('who has an account is told only with a good invitation, which stays good', async () => {
    const email = 'member@example.test'
    data(await signUp(closed, email, { invitation: await invite(email) }))
    const headers = await signIn(closed.url)
    const org = data<{ slug: string }>(await mutate(closed.url, 'orgs.create', { name: 'Next', slug: 'next' }, headers)).slug
    data(await mutate(closed.url, 'orgs.invitations.create', { email, role: 'viewer' }, { ...headers, 'x-intellidocs-org': org }))
    const token = await mailedInvitation(closed, email)
    expect(codeOf(await signUp(closed, email, { invitation: token }))).toBe('auth.account_exists')
    expect(codeOf(await signUp(closed, email, { invitation: 'made up' }))).toBe('invitation.invalid')
    expect((await mutate(closed.url, 'orgs.invitations.accept', { token }, await signInAs(closed, email))).status).toBe(200)
  })
})

describe('limits', () => {
  test('nobody fills a mailbox with invitations, whichever organization they come from', async () => {
    const few = { points: 2, seconds: 3600 }
    const many = { points: 1000, seconds: 3600 }
    const small = await startTestApi({ rateLimits: { ...wideLimits, attempts: { ...wideLimits.attempts, invitationMail: { pair: many, account: few, address: many } } } })
    try {
      const owner = await signIn(small.url)
      const { slug } = data<{ slug: string }>(await mutate(small.url, 'orgs.create', { name: 'Next', slug: 'next' }, owner))
      const invite = async (email: string, org: string) =>
        (await mutate(small.url, 'orgs.invitations.create', { email, role: 'viewer' }, { ...owner, 'x-intellidocs-org': org })).status
      const seen = [await invite('full@example.test', slug), await invite('full@example.test', 'main'), await invite('full@example.test', slug)]
      expect(seen).toEqual([200, 200, 429])
      expect(await invite('other@example.test', slug)).toBe(200)
    } finally {
      await small.close()
    }
  })

  test('sign-ups, resets and links are limited for an account from everywhere and for an address', async () => {
    const few = { points: 2, seconds: 3600 }
    const many = { points: 1000, seconds: 3600 }
    const small = await startTestApi({ signUp: 'open', rateLimits: { ...wideLimits, attempts: {
      ...wideLimits.attempts, signUp: { pair: many, account: few, address: many }, passwordReset: { pair: many, account: many, address: few },
      mailedToken: { pair: few, account: many, address: many },
    } } })
    try {
      const statuses = async (path: string, input: object) => {
        const seen: number[] = []
        for (let n = 0; n < 3; n += 1) seen.push((await mutate(small.url, path, input)).status)
        return seen
      }
      expect(await statuses('auth.signUp', { email: 'a@example.test', password: PASSWORD, name: 'A' })).toEqual([200, 200, 429])
      expect((await mailsTo(small, 'a@example.test'))).toHaveLength(2)
      expect((await signUp(small, 'b@example.test')).status).toBe(200)
      for (let n = 0; n < 3; n += 1) expect(codeOf(await signUp(small, 'c@example.test', { invitation: `made up ${n}` }))).toBe('invitation.invalid')
      expect((await signUp(small, 'c@example.test')).status).toBe(200)
      expect(await statuses('auth.requestPasswordReset', { email: 'a@example.test' })).toEqual([200, 200, 429])
      expect((await mutate(small.url, 'auth.requestPasswordReset', { email: ADMIN.email })).status).toBe(429)
      expect(await statuses('auth.verifyEmail', { token: 'made up', password: PASSWORD })).toEqual([400, 400, 429])
      expect(await statuses('auth.resetPassword', { token: 'made up too', password: PASSWORD })).toEqual([400, 400, 429])
    } finally {
      await small.close()
    }
  })
})
