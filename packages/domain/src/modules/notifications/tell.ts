import type { NotificationId, UserId } from '@intellidocs/contracts'
import { newId, userPrincipal, type Actor, type Tx } from '@intellidocs/kernel'
import type { NewRow } from './inbox.repository.ts'
import { channelsOf, mailOf, mayBeTold, permissionsOfRole, type Channels } from './kinds.policy.ts'
import type { TellingDeps } from './notifications.deps.ts'
import type { Person } from './people.repository.ts'
import type { Told } from './told.types.ts'

/** People to one transaction: some tenths of a second, in which nothing else waits for it. */
export const BATCH = 100

type Deps = Pick<TellingDeps, 'people' | 'inbox' | 'notices' | 'outbox'>

/**
 * Tells the next people behind `after` what happened: a row each, the live event and the mail that they want, in the caller's unit. Who does not see what
 * it is about is passed over. Answers behind whom it goes on; null at the end, and where a batch was told before, whose transaction saw to the rest.
 */
export async function tell(deps: Deps, tx: Tx, { system, told, after }: { system: Actor; told: Told; after: UserId | null }): Promise<UserId | null> {
  const people = await deps.people.some(tx, { orgId: system.orgId, told }, { after, limit: BATCH })
  const meant = people.filter((person) => person.shown && mayBeTold(permissionsOfRole(person.role, person.custom), told.kind))
  const rows = new Map(meant.map((person) => [person.userId, rowFor(person, told)]))
  const added = await deps.inbox.insert(tx, { orgId: system.orgId, told }, [...rows.values()])
  await announce(deps, tx, { system, told, rows: added.map(({ userId }) => must(rows.get(userId))) })
  if (people.length < BATCH || (added.length === 0 && meant.length > 0)) return null
  return people.at(-1)?.userId ?? null
}

type Row = NewRow & { readonly live: boolean }

function rowFor({ userId, chosen }: Person, { kind }: Told): Row {
  const channels: Channels = channelsOf(new Map(chosen === null ? [] : [[kind, chosen]]), kind)
  const mail = mailOf(kind, channels)
  return {
    id: newId() as NotificationId, userId, live: channels.live, inInbox: channels.inbox, mail, noticeId: mail === 'immediate' ? newId() : null,
  }
}

function must(row: Row | undefined): Row {
  if (row === undefined) throw new Error('a notification was written for somebody who was not meant')
  return row
}

async function announce(deps: Deps, tx: Tx, { system, told, rows }: { system: Actor; told: Told; rows: readonly Row[] }): Promise<void> {
  const { documentId } = told.about
  // What happened has an audit row of its own.
  await deps.outbox.appendAll(tx, system, rows.filter(({ live }) => live).map(({ id, userId }) => ({
    type: 'notifications.added.v1', payload: { notificationId: id }, audience: [userPrincipal(userId)], audit: false, ...(documentId === null ? {} : { documentId }),
  })))
  await deps.notices.enqueue(tx, system, rows.flatMap(({ userId, noticeId }) => (noticeId === null ? [] : [{ userId, noticeId }])))
}
