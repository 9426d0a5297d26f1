import type { OwnVisit, PeopleDeps } from '../people.deps.ts'
import { endAccount } from './end-account.ts'
import { actorOf, note } from './note.ts'
import { lockUnchanged, reauthenticate } from './passwords.ts'

/** Ends the caller's account, who gives the password again; see `endAccount`. `auth.password_wrong`. */
export async function deleteAccount(deps: PeopleDeps, visit: OwnVisit, { password }: { password: string }): Promise<{ deleted: true }> {
  const account = await reauthenticate(deps, visit, password)
  const { id: userId } = account
  await deps.runAsIdentity(async (tx) => {
    await lockUnchanged(deps, tx, { visit, account })
    await endAccount(deps, tx, { account, actor: actorOf(visit, userId) })
    await note(deps, tx, { visit, userId, kind: 'account-deleted' })
  })
  return { deleted: true }
}
