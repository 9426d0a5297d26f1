import type { SessionId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { PeopleDeps } from '../people.deps.ts'
import type { Account } from '../users.repository.ts'

type Ended = {
  readonly account: Pick<Account, 'id' | 'email' | 'name' | 'locale'>
  readonly sessions: readonly SessionId[]
  /** Whose name the audit has; of the installation. */
  readonly actor: Actor
  /** `operator`: at the server. `administrators`: two of them. */
  readonly by: 'operator' | 'administrators'
}

/** What follows a second factor that others than its owner took off, in that unit: their security log, event and audit row of the installation, and a mail to them. */
export async function tellTakenOff(
  deps: Pick<PeopleDeps, 'outbox' | 'mail' | 'clock'> & { securityLog: Pick<PeopleDeps['securityLog'], 'write'> }, tx: Tx, { account: { id: userId, email, name, locale }, sessions, actor, by }: Ended,
): Promise<void> {
  await deps.securityLog.write(tx, { userId: userId, kind: 'totp-off', address: null, device: null, data: { by } })
  await deps.outbox.append(tx, actor, {
    type: 'users.second-factor-changed.v1', payload: { userId, on: false },
    audit: { subjectType: 'user', subjectId: userId, data: { before: { secondFactor: true }, after: { secondFactor: false }, by, sessionsEnded: sessions.length } },
  })
  const data = { name, change: 'taken-off' as const, at: deps.clock.now().toISOString() }
  await deps.mail.enqueue(tx, actor, { to: email, locale, template: 'second-factor-changed', data })
}
