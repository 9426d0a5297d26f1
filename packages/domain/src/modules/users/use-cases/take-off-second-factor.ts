import { PLATFORM_ORG_ID } from '@intellidocs/contracts'
import { AppError, newId, systemActor } from '@intellidocs/kernel'
import type { PeopleDeps } from '../people.deps.ts'

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
    const { id: userId, name, locale } = account
    const factor = await deps.factors.find(tx, userId)
    if (factor?.confirmed !== true) throw new AppError('auth.second_factor_off')
    await deps.factors.remove(tx, userId)
    const ended = await deps.sessionRows.revoke(tx, { userId }, { allBut: null })
    await deps.securityLog.write(tx, { userId, kind: 'totp-off', address: null, device: null, data: { by: 'operator' } })
    const actor = systemActor(PLATFORM_ORG_ID, newId())
    await deps.outbox.append(tx, actor, {
      type: 'users.second-factor-changed.v1', payload: { userId, on: false },
      audit: { subjectType: 'user', subjectId: userId, data: { before: { secondFactor: true }, after: { secondFactor: false }, by: 'operator', sessionsEnded: ended.length } },
    })
    const data = { name, change: 'taken-off' as const, at: deps.clock.now().toISOString() }
    await deps.mail.enqueue(tx, actor, { to: email, locale, template: 'second-factor-changed', data })
    return { userId, email, sessionsEnded: ended.length }
  })
}
