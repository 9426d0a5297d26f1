import { mailContract, PLATFORM_ORG_ID, SYSTEM_USER_ID, type Mail, type MailData, type MailTemplate } from '@intellidocs/contracts'
import { decryptSecret, type Clock } from '@intellidocs/kernel'
import { TOTP } from 'otpauth'
import { data, mutate, query, SECRET_KEY, type TestApi } from './api.testkit.ts'
import { defaultRateLimits, type AttemptLimits, type RateLimitSettings } from './rate-limits.ts'

/** Starts at the present time, as sessions are held against the database's; moves by hand. */
export function movableClock(): Clock & { advance(ms: number): void } {
  let offset = 0
  const start = Date.now()
  return { now: () => new Date(start + offset), advance: (ms) => { offset += ms } }
}

const plenty: AttemptLimits = { pair: { points: 10_000, seconds: 60 }, account: { points: 10_000, seconds: 60 }, address: { points: 10_000, seconds: 60 } }
/** For tests of what happens behind the limits. */
export const wideLimits: RateLimitSettings = {
  ...defaultRateLimits,
  attempts: { signIn: plenty, signUp: plenty, passwordReset: plenty, mailedToken: plenty, secondFactor: plenty, invitation: plenty, invitationMail: plenty, unsubscribe: plenty, shareOpen: plenty, shareCode: plenty, shareCodeMail: plenty, uploadLink: plenty, uploadWaste: plenty, uploadReceipt: plenty },
}

/** What was queued for this address and not sent, oldest first; of the installation, or of one organization. */
export async function mailsTo(api: TestApi, to: string, orgId: string = PLATFORM_ORG_ID): Promise<Mail[]> {
  const rows = await api.database.database.run({ kind: 'tenant', orgId, userId: SYSTEM_USER_ID }, (tx) =>
    tx.mailMessage.findMany({ select: { sealed: true }, orderBy: { id: 'asc' } }))
  return rows.map(({ sealed }) => mailContract.mail.parse(JSON.parse(decryptSecret([SECRET_KEY], 'mail', sealed).toString('utf8'))))
    .filter((mail) => mail.to === to)
}

/** The data of the last mail of this kind to this address; fails when there is none. */
export async function lastMail<T extends MailTemplate>(api: TestApi, to: string, template: T): Promise<MailData<T>> {
  const found = (await mailsTo(api, to)).findLast((mail) => mail.template === template)
  if (found === undefined) throw new Error(`no mail ${template} to ${to}`)
  return found.data as MailData<T>
}

/** The token of the latest invitation to this address, out of its mail. */
export async function mailedInvitation(api: TestApi, email: string): Promise<string> {
  const invitation = await api.database.database.run({ kind: 'identity' }, (tx) =>
    tx.invitation.findFirst({ where: { email }, orderBy: { createdAt: 'desc' }, select: { orgId: true } }))
  const mail = (await mailsTo(api, email, invitation?.orgId)).findLast(({ template }) => template === 'invitation')
  if (mail?.template !== 'invitation') throw new Error(`no invitation to ${email}`)
  return mail.data.token
}

export const PASSWORD = 'a good long password'
export type Person = { email: string; id: string; headers: Record<string, string> }

/** Signs up by mail, signs in. Wants an API that is open to sign-ups. */
export async function newPerson(api: TestApi, name: string, userAgent = 'test/1'): Promise<Person> {
  const email = `${name}@example.test`
  data(await mutate(api.url, 'auth.signUp', { email, password: PASSWORD, name }))
  const { token } = await lastMail(api, email, 'verify-email')
  data(await mutate(api.url, 'auth.verifyEmail', { token, password: PASSWORD }))
  const headers = await signInAs(api, email, { userAgent })
  const { user } = data<{ user: { id: string } }>(await query(api.url, 'auth.me', undefined, headers))
  return { email, id: user.id, headers }
}

export async function signInAs(api: TestApi, email: string, { password = PASSWORD, userAgent = 'test/1' } = {}): Promise<Record<string, string>> {
  const { token } = data<{ token: string }>(await mutate(api.url, 'auth.signIn', { email, password, transport: 'token' }, { 'user-agent': userAgent }))
  return { authorization: `Bearer ${token}`, 'user-agent': userAgent }
}

export type LogEntry = { id: string; kind: string; address: string | null; device: string | null; data: Record<string, unknown> }

/** The person's security log, oldest first. */
export async function securityLog(api: TestApi, headers: Record<string, string>): Promise<LogEntry[]> {
  return data<{ items: LogEntry[] }>(await query(api.url, 'users.securityLog', { limit: 200 }, headers)).items.toReversed()
}

export const kindsOf = (entries: readonly LogEntry[]): string[] => entries.map(({ kind }) => kind)

/** What an app would show now for this secret. */
export const totpCode = (secret: string): string => new TOTP({ secret }).generate()
