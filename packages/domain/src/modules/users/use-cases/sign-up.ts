import { mailContract, SYSTEM_USER_ID, type Locale, type UserId } from '@intellidocs/contracts'
import { AppError, hashToken, newId, type Person, type Tx } from '@intellidocs/kernel'
import { z } from 'zod'
import type { PeopleDeps, Visit } from '../people.deps.ts'
import { actorOf, note } from './note.ts'

export type SignUpInput = { email: string; password: string; name: string; locale: Locale; invitation?: string | undefined }
type Wanted = { email: string; name: string; locale: Locale; passwordHash: string }

const LINK_MS = 24 * 3_600_000

/** What a sign-up keeps until its link is followed; no account stands under an address that nobody proved. */
const pending = z.strictObject({ name: z.string(), locale: mailContract.locale, passwordHash: z.string() })

/**
 * With an invitation to the address: the account and the membership at once, in one unit; its token was mailed there and told to nobody else, so it
 * proves the address as a link would. Without: nothing but a mail, which holds the link that
 * makes the account, or says that there is one; which of them, the answer does not tell. Each link makes the account of its own sign-up.
 * `auth.sign_up_closed` where an invitation is needed; `auth.account_exists` only for who holds a good invitation to that very address.
 */
export async function signUp(deps: PeopleDeps, visit: Visit, { password, invitation, ...person }: SignUpInput): Promise<{ next: 'verify-email' | 'sign-in' }> {
  if (invitation === undefined && (deps.signUp !== 'open' || !await deps.switches.isOn('signUp', null))) throw new AppError('auth.sign_up_closed')
  // With an invitation the holder's tries count against it: nobody uses up what the owner of an address may try.
  await deps.guard.attempt('signUp', { ip: visit.ip, account: invitation === undefined ? person.email : hashToken(invitation) })
  const wanted = { ...person, passwordHash: await deps.passwords.hash(password) }
  if (invitation !== undefined) {
    await deps.runAsIdentity((tx) => byInvitation(deps, tx, { visit, wanted, token: invitation }))
    return { next: 'sign-in' }
  }
  await deps.runAsIdentity((tx) => byMail(deps, tx, { visit, wanted }))
  return { next: 'verify-email' }
}

async function byInvitation(deps: PeopleDeps, tx: Tx, { visit, wanted, token }: { visit: Visit; wanted: Wanted; token: string }): Promise<void> {
  const { email } = wanted
  const existing = await deps.users.findByEmail(tx, email)
  const userId = existing?.id ?? newId() as UserId
  if (existing === null) await insert(deps, tx, { visit, wanted, userId })
  const { requestId, source } = actorOf(visit, userId)
  const person: Person = { userId, platformAdmin: false, requestId, source }
  await deps.invitations.accept(tx, person, { token, email })
  // Undoes the acceptance: who owns the account says so by signing in.
  if (existing !== null) throw new AppError('auth.account_exists')
  await deps.tokens.removeOfEmail(tx, email)
}

async function byMail(deps: PeopleDeps, tx: Tx, { visit, wanted: { email, ...data } }: { visit: Visit; wanted: Wanted }): Promise<void> {
  const existing = await deps.users.findByEmail(tx, email)
  if (existing !== null) {
    const { id: userId, name, locale } = existing
    await note(deps, tx, { visit, userId, kind: 'sign-up-repeated' })
    return deps.mail.enqueue(tx, actorOf(visit, userId), { to: email, locale, template: 'account-exists', data: { name } })
  }
  const expiresAt = new Date(deps.clock.now().getTime() + LINK_MS)
  const token = await deps.tokens.issue(tx, { kind: 'sign_up', owner: { email }, data, expiresAt })
  await deps.mail.enqueue(tx, actorOf(visit, SYSTEM_USER_ID), {
    to: email, locale: data.locale, template: 'verify-email', data: { name: data.name, token, expiresAt: expiresAt.toISOString() },
  })
}

/**
 * Makes the account that a sign-up asked for. Wants the password of that sign-up, as anybody may sign up with an address: its owner must not put a
 * stranger's password in force by following the stranger's link (`auth.password_wrong`, which leaves the link). `auth.token_invalid` for a link that
 * was followed before, is over, or whose address has an account by now.
 */
export async function verifyEmail(deps: PeopleDeps, visit: Visit, { token, password }: { token: string; password: string }): Promise<{ verified: true }> {
  await deps.guard.attempt('mailedToken', { ip: visit.ip, account: hashToken(token) })
  const held = await deps.runAsIdentity((tx) => deps.tokens.find(tx, 'sign_up', token, deps.clock.now()))
  if (held === null || held.email === null) throw new AppError('auth.token_invalid')
  const wanted = { email: held.email, ...pending.parse(held.data) }
  if (!await deps.passwords.verify(wanted.passwordHash, password)) throw new AppError('auth.password_wrong')
  await deps.runAsIdentity(async (tx) => {
    if (await deps.tokens.spend(tx, 'sign_up', token, deps.clock.now()) === null) throw new AppError('auth.token_invalid')
    await insert(deps, tx, { visit, wanted, userId: newId() as UserId })
    await deps.tokens.removeOfEmail(tx, wanted.email)
  })
  return { verified: true }
}

async function insert(deps: PeopleDeps, tx: Tx, { visit, wanted, userId }: { visit: Visit; wanted: Wanted; userId: UserId }): Promise<void> {
  const now = deps.clock.now()
  if (!await deps.users.insert(tx, { ...wanted, id: userId, platformAdmin: false, createdAt: now, emailVerifiedAt: now })) throw new AppError('auth.token_invalid')
  await note(deps, tx, { visit, userId, kind: 'signed-up' })
  await deps.outbox.append(tx, actorOf(visit, userId), { type: 'users.signed-up.v1', payload: { userId }, audit: { subjectType: 'user', subjectId: userId } })
}
