import { PLATFORM_ORG_ID, type OrgId } from '@intellidocs/contracts'
import { AppError, newId, systemActor, type Actor, type Tx } from '@intellidocs/kernel'
import type { PeopleDeps } from '../people.deps.ts'
import type { Account } from '../users.repository.ts'

/**
 * Ends an account that the caller's identity unit has locked: sessions, API keys, memberships, groups and the second factor end, and name and address are
 * forgotten. What was theirs stays with each organization: their documents go to its first owner, which the event
 * `users.deleted.v1` brings about (documents). History stays as it is: the id in documents' versions, events, the audit and the security log. Answers the organizations;
 * one that was left before is not among them, and is not told (docs/privacy.md).
 * @throws AppError account.last_owner, naming the organizations that would be left without an owner; retention.held while a hold is on what is theirs; nothing is changed then
 */
export async function endAccount(deps: PeopleDeps, tx: Tx, { account, actor }: { account: Account; actor: Actor }): Promise<OrgId[]> {
  const { id: userId, name, email: to, locale } = account
  const orgsLeft = await deps.ends.soleOwnerOf(tx, userId)
  if (orgsLeft.length > 0) throw new AppError('account.last_owner', { details: { orgs: orgsLeft } })
  const orgs = await deps.ends.leaveAll(tx, userId)
  await deps.deletions.account(tx, { userId, orgs })
  await deps.sessionRows.revoke(tx, { userId }, { allBut: null })
  await deps.tokens.removeOfUser(tx, userId)
  await deps.factors.remove(tx, userId)
  await deps.ends.anonymise(tx, userId)
  await deps.outbox.append(tx, actor, { type: 'users.deleted.v1', payload: { userId, orgs }, audit: { subjectType: 'user', subjectId: userId, data: { orgs } } })
  await deps.mail.enqueue(tx, actor, { to, locale, template: 'account-deleted', data: { name, at: deps.clock.now().toISOString() } })
  return orgs
}

/**
 * The same for whoever runs the installation, on the wish of somebody who cannot or will not sign in. Of who asked for it nothing can be known here but that they
 * hold the database; the audit of the installation says so. Null where no account has this address.
 */
export function endAccountOf(deps: PeopleDeps, { email }: { email: string }): Promise<{ userId: string; orgs: OrgId[] } | null> {
  return deps.runAsIdentity(async (tx) => {
    const found = await deps.users.findByEmail(tx, email)
    const account = found === null ? null : await deps.users.lock(tx, found.id)
    if (account === null || account.email !== email) return null
    const orgs = await endAccount(deps, tx, { account, actor: systemActor(PLATFORM_ORG_ID, newId()) })
    await deps.securityLog.write(tx, { userId: account.id, kind: 'account-deleted', address: null, device: null, data: { by: 'operator' } })
    return { userId: account.id, orgs }
  })
}
