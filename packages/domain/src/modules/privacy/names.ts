import type { OrgId, UserId } from '@intellidocs/contracts'
import { newId, systemActor } from '@intellidocs/kernel'
import type { ErasedRepository } from './erased.repository.ts'
import type { MaybeNamed, NamesDeps } from './privacy.deps.ts'

/**
 * How people are called, members or not any more, for what tells of deeds of the past. Somebody whom the organization erased is called by their pseudonym, whether their
 * account goes on elsewhere or not. Those whose account ended and who were never erased are absent.
 */
export type Names = (orgId: OrgId, userIds: readonly UserId[]) => Promise<MaybeNamed[]>

export const createNamesFrom = ({ runInTx, called }: NamesDeps, erased: ErasedRepository): Names => async (orgId, userIds) => {
  const gone = await runInTx(systemActor(orgId, newId()), (tx) => erased.among(tx, orgId, userIds), { readOnly: true })
  const hidden = new Set(gone.map(({ userId }) => userId))
  const shown = await called(userIds.filter((id) => !hidden.has(id)))
  return [...shown, ...gone.map(({ userId, pseudonym }) => ({ id: userId, name: pseudonym, email: null }))]
}
