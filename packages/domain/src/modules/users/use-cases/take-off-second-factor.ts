import { PLATFORM_ORG_ID } from '@intellidocs/contracts'
import { AppError, newId, systemActor } from '@intellidocs/kernel'
import type { PeopleDeps } from '../people.deps.ts'
import { tellTakenOff } from './tell-taken-off.ts'

export type TakenOff = { userId: string; email: string; sessionsEnded: number }

/**
 * For whoever runs the installation, when app and recovery codes are lost: the account opens by its password alone afterwards, so its sessions end and its
 * owner gets a mail. Of who asked for it nothing can be known here but that they hold the database and the secret key; the audit of the installation says so.
 * Null where no account has this address. `auth.second_factor_off`: none is on.
 */
export function takeOffSecondFactor(deps: PeopleDeps, { email }: { email: string }): Promise<TakenOff | null> {
  return deps.runAsIdentity(async (tx) => {
    const found = await deps.users.findByEmail(tx, email)
    const account = found === null ? null : await deps.users.lock(tx, found.id)
    if (account === null || account.email !== email) return null
    const { id: userId } = account
    const factor = await deps.factors.find(tx, userId)
    if (factor?.confirmed !== true) throw new AppError('auth.second_factor_off')
    await deps.factors.remove(tx, userId)
    const ended = await deps.sessionRows.revoke(tx, { userId }, { allBut: null })
    await tellTakenOff(deps, tx, { account, sessions: ended, actor: systemActor(PLATFORM_ORG_ID, newId()), by: 'operator' })
    return { userId, email, sessionsEnded: ended.length }
  })
}
