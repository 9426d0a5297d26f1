import { AppError, type Actor, type Person } from '@intellidocs/kernel'
import type { MemberRole, OrgId, Permission, User } from '@intellidocs/contracts'
import type { PeopleDeps } from '../people.deps.ts'
import { shown } from './sign-in.ts'
import type { Place } from '../users.repository.ts'

export type Me = {
  user: User; orgs: Place[]; org: OrgId | null; role: MemberRole | null; permissions: Permission[]; via: 'session' | 'apiKey'
  emailVerified: boolean; secondFactor: boolean
}
type Caller = { person: Person; actor: Actor | null; orgRequested: string | null; via: 'session' | 'apiKey' | null }

/** Who the caller is; a key learns of its own organization only. `org.not_found` when one is named that is not theirs. */
export async function me(deps: Pick<PeopleDeps, 'runAsIdentity' | 'users' | 'factors'>, { person, actor, orgRequested, via }: Caller): Promise<Me> {
  if (actor === null && orgRequested !== null) throw new AppError('org.not_found')
  return deps.runAsIdentity(async (tx) => {
    const account = await deps.users.find(tx, person.userId)
    if (account === null || via === null) throw new AppError('auth.required')
    const orgs = await deps.users.places(tx, person.userId, via === 'apiKey' ? actor?.orgId : undefined)
    const factor = await deps.factors.find(tx, person.userId)
    return {
      user: { ...shown(account), platformAdmin: person.platformAdmin }, orgs, org: actor?.orgId ?? null, role: actor?.role ?? null,
      permissions: [...(actor?.permissions ?? [])], via, emailVerified: account.emailVerified, secondFactor: factor?.confirmed === true,
    }
  })
}
