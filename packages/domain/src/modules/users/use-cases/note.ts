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

/** Refusals of an account a day by which addresses are told apart; from then on they are counted together. */
const TOLD_APART = 100

/** Whether the n-th of a day is told of: the first ten, then 20, 50, 100, 200, 500 and so on. */
export const isTold = (n: number): boolean => n <= 10 || /^[125]0+$/.test(String(n))

/**
 * Writes a refusal to the account's security log, in the unit of the refusal. Whoever is tried again and again is told by counts, of each address
 * and of all: so many are at most some 120 rows a day, and what the owner did is still found among them.
 */
export async function noteRefusal(deps: Pick<PeopleDeps, 'securityLog'>, tx: Tx, { visit, userId, kind }: {
  visit: Visit; userId: UserId | null; kind: 'sign-in-refused' | 'second-factor-refused'
}): Promise<void> {
  const { inAll, fromAddress } = await deps.securityLog.countRefusal(tx, { userId, kind, address: visit.ip, toldApart: TOLD_APART })
  const today = fromAddress ?? inAll
  if (!isTold(today)) return
  const data = today <= 10 ? {} : { today, from: fromAddress === null ? 'all addresses' : 'this address' }
  await note(deps, tx, { visit, userId, kind, data })
}

/** Who events and mails about an account are from: its owner, by their session where they came in by one of this account. */
export function actorOf(visit: Visit, userId: UserId): Actor {
  const { person, requestId, ip } = visit
  const source = person?.userId === userId ? person.source : { ...noSource, address: ip }
  return platformActor({ userId, requestId, source })
}
