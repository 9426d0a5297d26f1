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
 * makes the account, or says that there is one; which of them, the answer does not tell. The latest sign-up of an address is the one that counts.
 * `auth.sign_up_closed` where an invitation is needed; `auth.account_exists` only for who holds a good invitation to that very address.
 */
export async function signUp(deps: PeopleDeps, visit: Visit, { password, invitation, ...person }: SignUpInput): Promise<{ next: 'verify-email' | 'sign-in' }> {
  if (invitation === undefined && deps.signUp !== 'open') throw new AppError('auth.sign_up_closed')
  await deps.guard.attempt('signUp', { ip: visit.ip, account: person.email })
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
  await deps.tokens.removeOfEmail(tx, email)
  const token = await deps.tokens.issue(tx, { kind: 'sign_up', owner: { email }, data, expiresAt })
  await deps.mail.enqueue(tx, actorOf(visit, SYSTEM_USER_ID), {
    to: email, locale: data.locale, template: 'verify-email', data: { name: data.name, token, expiresAt: expiresAt.toISOString() },
  })
}

/** Makes the account that a sign-up asked for. `auth.token_invalid` for a link that was followed before, replaced by a later one, or is over. */
export async function verifyEmail(deps: PeopleDeps, visit: Visit, { token }: { token: string }): Promise<{ verified: true }> {
  await deps.guard.attempt('mailedToken', { ip: visit.ip, account: hashToken(token) })
  await deps.runAsIdentity(async (tx) => {
    const spent = await deps.tokens.spend(tx, 'sign_up', token, deps.clock.now())
    if (spent === null || spent.email === null) throw new AppError('auth.token_invalid')
    await insert(deps, tx, { visit, wanted: { email: spent.email, ...pending.parse(spent.data) }, userId: newId() as UserId })
  })
  return { verified: true }
}

async function insert(deps: PeopleDeps, tx: Tx, { visit, wanted, userId }: { visit: Visit; wanted: Wanted; userId: UserId }): Promise<void> {
  const now = deps.clock.now()
  if (!await deps.users.insert(tx, { ...wanted, id: userId, platformAdmin: false, createdAt: now, emailVerifiedAt: now })) throw new AppError('auth.token_invalid')
  await note(deps, tx, { visit, userId, kind: 'signed-up' })
  await deps.outbox.append(tx, actorOf(visit, userId), { type: 'users.signed-up.v1', payload: { userId }, audit: { subjectType: 'user', subjectId: userId } })
}
