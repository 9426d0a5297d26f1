import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ALLOWED_ORIGIN, codeOf, data, mutate, query, SECRET_KEY, signIn, startTestApi, type TestApi } from '../../apps/api/src/api.testkit.ts'
import { lastMail, mailedInvitation, mailsTo, newPerson, PASSWORD, totpCode, wideLimits } from '../../apps/api/src/people.testkit.ts'

let api: TestApi
beforeAll(async () => { api = await startTestApi({ signUp: 'open', rateLimits: wideLimits }) })
afterAll(async () => { await api?.close() })

/** Everything secret that a person is given or gives, used once rightly and once wrongly. */
async function issueEverything(): Promise<string[]> {
  const secrets: string[] = [PASSWORD]
  const keep = (...some: (string | null | undefined)[]): void => { for (const secret of some) secrets.push(secret ?? 'missing: nothing was issued') }
  const person = await newPerson(api, 'ann')
  keep(person.headers['authorization']?.slice(7), (await lastMail(api, person.email, 'verify-email')).token)
  const cookie = (await mutate(api.url, 'auth.signIn', { email: person.email, password: PASSWORD }, { origin: ALLOWED_ORIGIN })).headers.get('set-cookie')
  keep(/=([^;]+)/.exec(cookie ?? '')?.[1])
  await query(api.url, 'auth.me', undefined, { cookie: cookie?.split(';')[0] ?? '' })
  keep(...await resetPassword(person.email))
  const fresh = await signIn(api.url, { email: person.email, password: 'the second long password' })
  keep(fresh['authorization']?.slice(7), ...await secondFactor(fresh, person.email))
  keep(...await ofTheOrganization(person.email))
  return secrets
}

async function resetPassword(email: string): Promise<string[]> {
  await mutate(api.url, 'auth.requestPasswordReset', { email })
  const { token } = await lastMail(api, email, 'reset-password')
  data(await mutate(api.url, 'auth.resetPassword', { token, password: 'the second long password' }))
  expect(codeOf(await mutate(api.url, 'auth.resetPassword', { token, password: 'the third long password' }))).toBe('auth.token_invalid')
  return [token, 'the second long password', 'the third long password']
}

async function secondFactor(headers: Record<string, string>, email: string): Promise<string[]> {
  const { secret, uri } = data<{ secret: string; uri: string }>(await mutate(api.url, 'auth.totp.begin', { password: 'the second long password' }, headers))
  const code = totpCode(secret)
  const { recoveryCodes, token } = data<{ recoveryCodes: string[]; token: string }>(await mutate(api.url, 'auth.totp.confirm', { code, transport: 'token' }, headers))
  const refused = await mutate(api.url, 'auth.signIn', { email, password: 'the second long password' })
  const { challenge } = (refused.body as { error: { data: { details: { challenge: string } } } }).error.data.details
  const opened = data<{ token: string }>(await mutate(api.url, 'auth.secondFactor', { challenge, code: recoveryCodes[0], transport: 'token' }))
  return [secret, uri, token, challenge, opened.token, ...recoveryCodes]
}

/** The secrets of an organization: invitations and keys, the key used on a socket, in a header and wrongly. */
async function ofTheOrganization(email: string): Promise<string[]> {
  const admin = await signIn(api.url)
  data(await mutate(api.url, 'orgs.invitations.create', { email: `not-${email}`, role: 'viewer' }, admin))
  const token = await mailedInvitation(api, `not-${email}`)
  await mutate(api.url, 'orgs.invitations.accept', { token }, admin)
  const webhook = data<{ endpoint: { id: string }; secret: string }>(await mutate(api.url, 'webhooks.endpoints.create', { url: 'https://hooks.example.org/t0ken-of-an-address' }, admin))
  const rotated = data<{ secret: string }>(await mutate(api.url, 'webhooks.endpoints.rotateSecret', { id: webhook.endpoint.id }, admin))
  const { secret } = data<{ secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'searched for' }, admin))
  await query(api.url, 'documents.get', { id: 'wrong' }, { authorization: `Bearer ${secret}` })
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/trpc?connectionParams=1`)
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token: secret, org: 'main' } }))
  socket.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'there.is.none' } }))
  await once(socket, 'message')
  socket.terminate()
  return [token, webhook.secret, rotated.secret, 't0ken-of-an-address', secret, secret.slice(-43), admin['authorization']?.slice(7) ?? '']
}

test('nothing secret that was issued or given stands in the log of the run, or in the tables', async () => {
  const secrets = await issueEverything()
  expect(secrets.length).toBeGreaterThan(20)
  expect(secrets.filter((secret) => secret.length < 8)).toEqual([])
  expect((await mailsTo(api, 'ann@example.test')).length).toBeGreaterThan(1)
  const log = api.logLines.join('\n')
  expect(log.length).toBeGreaterThan(1000)
  for (const secret of [...secrets, SECRET_KEY.toString('hex'), SECRET_KEY.toString('base64')]) expect(log).not.toContain(secret)
  const rows = await api.database.database.run({ kind: 'identity' }, async (tx) => JSON.stringify([
    await tx.session.findMany(), await tx.user.findMany(), await tx.apiKey.findMany(), await tx.oneTimeToken.findMany(), await tx.invitation.findMany({ select: { tokenHash: true } }),
  ], (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value)))
  for (const secret of secrets) expect(rows).not.toContain(secret)
})
