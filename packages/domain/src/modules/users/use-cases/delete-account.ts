import { AppError } from '@intellidocs/kernel'
import type { OwnVisit, PeopleDeps } from '../people.deps.ts'
import { actorOf, note } from './note.ts'
import { lockUnchanged, reauthenticate } from './passwords.ts'

/**
 * Ends the caller's account, who gives the password again. In one unit: sessions, API keys, memberships, groups and the second factor end, and name
 * and address are forgotten. What was theirs stays with each organization: their documents go to its first owner, which the event
 * `users.deleted.v1` brings about (documents). History stays as it is: the id in documents' versions, events, the audit and the security log.
 * `account.last_owner` names the organizations that would be left without an owner; nothing is changed then. `retention.held` while a hold is on what is
 * theirs. `auth.password_wrong`.
 */
export async function deleteAccount(deps: PeopleDeps, visit: OwnVisit, { password }: { password: string }): Promise<{ deleted: true }> {
  const account = await reauthenticate(deps, visit, password)
  const { id: userId, name, email: to, locale } = account
  await deps.runAsIdentity(async (tx) => {
    await lockUnchanged(deps, tx, { visit, account })
    const orgsLeft = await deps.ends.soleOwnerOf(tx, userId)
    if (orgsLeft.length > 0) throw new AppError('account.last_owner', { details: { orgs: orgsLeft } })
    const orgs = await deps.ends.leaveAll(tx, userId)
    await deps.deletions.account(tx, { userId, orgs })
    await deps.sessionRows.revoke(tx, { userId }, { allBut: null })
    await deps.tokens.removeOfUser(tx, userId)
    await deps.factors.remove(tx, userId)
    await deps.ends.anonymise(tx, userId)
    await note(deps, tx, { visit, userId, kind: 'account-deleted' })
    const actor = actorOf(visit, userId)
    await deps.outbox.append(tx, actor, { type: 'users.deleted.v1', payload: { userId, orgs }, audit: { subjectType: 'user', subjectId: userId, data: { orgs } } })
    await deps.mail.enqueue(tx, actor, { to, locale, template: 'account-deleted', data: { name, at: deps.clock.now().toISOString() } })
  })
  return { deleted: true }
}
