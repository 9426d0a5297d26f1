import type { UserId } from '@intellidocs/contracts'
import type { Prisma } from '@intellidocs/db'
import { noSource, platformActor, type Actor, type Tx } from '@intellidocs/kernel'
import { deviceOf } from '../device.ts'
import type { OwnVisit, PeopleDeps, Visit } from '../people.deps.ts'
import type { SecurityKind } from '../security-log.repository.ts'

/** Writes to the account's security log, in the unit of what it tells of. */
export function note(deps: Pick<PeopleDeps, 'securityLog'>, tx: Tx, { visit, ...entry }: {
  visit: Visit; userId: UserId | null; kind: SecurityKind; data?: Prisma.InputJsonObject
}): Promise<void> {
  return deps.securityLog.write(tx, { ...entry, address: visit.ip, device: deviceOf(visit.userAgent) })
}

/** Who events and mails about an account are from: its owner, signed in or about to be. */
export function actorOf(visit: Visit | OwnVisit, userId: UserId): Actor {
  const source = 'person' in visit ? visit.person.source : { ...noSource, address: visit.ip }
  return platformActor({ userId, requestId: visit.requestId, source })
}
