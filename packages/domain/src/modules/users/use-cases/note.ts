import type { UserId } from '@intellidocs/contracts'
import type { Prisma } from '@intellidocs/db'
import { noSource, platformActor, type Actor, type Tx } from '@intellidocs/kernel'
import { deviceOf } from '../device.ts'
import type { PeopleDeps, Visit } from '../people.deps.ts'
import type { SecurityKind } from '../security-log.repository.ts'

/** Writes to the account's security log, in the unit of what it tells of. */
export function note(deps: Pick<PeopleDeps, 'securityLog'>, tx: Tx, { visit, ...entry }: {
  visit: Visit; userId: UserId | null; kind: SecurityKind; data?: Prisma.InputJsonObject
}): Promise<void> {
  return deps.securityLog.write(tx, { ...entry, address: visit.ip, device: deviceOf(visit.userAgent) })
}

/** Who events and mails about an account are from: its owner, by their session where they came in by one of this account. */
export function actorOf(visit: Visit, userId: UserId): Actor {
  const { person, requestId, ip } = visit
  const source = person?.userId === userId ? person.source : { ...noSource, address: ip }
  return platformActor({ userId, requestId, source })
}
