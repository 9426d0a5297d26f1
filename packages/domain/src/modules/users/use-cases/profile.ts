import { PLATFORM_ORG_ID, type Locale, type Page, type UserId } from '@intellidocs/contracts'
import { AppError, decodeCursor, pageOf, pseudonymOf, type PageInput, type Tx } from '@intellidocs/kernel'
import { z } from 'zod'
import type { OwnVisit, PeopleDeps } from '../people.deps.ts'
import type { Entry } from '../security-log.repository.ts'
import { actorOf } from './note.ts'

type Profile = { id: UserId; email: string; name: string; locale: Locale; emailVerified: boolean; secondFactor: boolean; createdAt: string }
type Change = { name?: string | undefined; locale?: Locale | undefined }

async function profileOf(deps: PeopleDeps, tx: Tx, userId: UserId): Promise<Profile> {
  const account = await deps.users.find(tx, userId)
  if (account === null) throw new AppError('auth.required')
  const { id, email, name, locale, emailVerified, createdAt } = account
  const factor = await deps.factors.find(tx, userId)
  return { id, email, name, locale, emailVerified, secondFactor: factor?.confirmed === true, createdAt: createdAt.toISOString() }
}

export const getProfile = (deps: PeopleDeps, { person }: OwnVisit): Promise<Profile> => deps.runAsIdentity((tx) => profileOf(deps, tx, person.userId))

/** The audit cannot be changed, so that names do not stand in it: when somebody's account ends, theirs is forgotten. */
const hidden = ({ secretKeys: [key] }: PeopleDeps, name: string) => ({ pseudonym: pseudonymOf(key, { orgId: PLATFORM_ORG_ID, text: name }) })

/** Changes what is given, and says so where that differs from what was. */
export function updateProfile(deps: PeopleDeps, visit: OwnVisit, change: Change): Promise<Profile> {
  const { userId } = visit.person
  return deps.runAsIdentity(async (tx) => {
    const before = await deps.users.lock(tx, userId)
    if (before === null) throw new AppError('auth.required')
    const after = { name: change.name ?? before.name, locale: change.locale ?? before.locale }
    const changed = (['name', 'locale'] as const).filter((field) => after[field] !== before[field])
    if (changed.length > 0) {
      await deps.users.setProfile(tx, userId, after)
      const only = (values: typeof after) => Object.fromEntries(changed.map((field) => [field, field === 'name' ? hidden(deps, values.name) : values.locale]))
      await deps.outbox.append(tx, actorOf(visit, userId), {
        type: 'users.updated.v1', payload: { userId, changed },
        audit: { subjectType: 'user', subjectId: userId, data: { before: only(before), after: only(after) } },
      })
    }
    return profileOf(deps, tx, userId)
  })
}

const position = z.strictObject({ id: z.uuid() })

/** What happened to the caller's account, newest first. */
export async function readSecurityLog(deps: PeopleDeps, { person }: OwnVisit, { limit, cursor }: PageInput): Promise<Page<Omit<Entry, 'at'> & { at: string }>> {
  const before = cursor === undefined ? null : decodeCursor(position, cursor).id
  const rows = await deps.runAsIdentity((tx) => deps.securityLog.list(tx, person.userId, { limit, before }))
  return pageOf(rows, limit, { item: (entry) => ({ ...entry, at: entry.at.toISOString() }), key: ({ id }) => ({ id }) })
}
