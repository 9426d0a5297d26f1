import { z } from 'zod'
import type { MemberRole, OrgId, OrgRoleId, Page, UserId } from '@intellidocs/contracts'
import {
  AppError, cursorTime, decodeCursor, encodeCursor, newId, type Actor, type Clock, type Outbox, type Person, type RunAsIdentity, type RunInTx,
} from '@intellidocs/kernel'
import type { Member, OrgPlace, OrgsRepository, Position } from './orgs.repository.ts'

export type ShownOrg = { id: OrgId; name: string; slug: string; role: MemberRole; createdAt: string }
export type ShownMember = { userId: UserId; email: string; name: string; role: MemberRole; roleId: OrgRoleId | null; joinedAt: string }
type PageInput = { limit: number; cursor?: string | undefined }
type Caller = { person: Person; actor: Actor | null; via: 'session' | 'apiKey' | null }

export type OrgsService = {
  /** The caller becomes the owner. `org.slug_taken`; `auth.forbidden` for an API key, which lives in one organization. */
  create(caller: Caller, input: { name: string; slug: string }): Promise<ShownOrg>
  /** The caller's organizations, oldest membership first; an API key sees its own only. */
  list(caller: Caller, input: PageInput): Promise<Page<ShownOrg>>
  get(actor: Actor): Promise<ShownOrg>
  members(actor: Actor, input: PageInput): Promise<Page<ShownMember>>
}
type Deps = {
  runInTx: RunInTx; runAsIdentity: RunAsIdentity; outbox: Outbox; clock: Clock; repository: OrgsRepository
  /** Makes the owner of an organization that is about to exist. */
  ownerOf: (orgId: OrgId, person: Person) => Actor
}

const position = z.strictObject({ at: cursorTime, id: z.uuid() })
const showOrg = ({ id, name, slug, role, createdAt }: Omit<OrgPlace, 'position'>): ShownOrg =>
  ({ id, name, slug, role, createdAt: createdAt.toISOString() })
const showMember = ({ userId, email, name, role, roleId, joinedAt }: Member): ShownMember => ({ userId, email, name, role, roleId, joinedAt: joinedAt.toISOString() })

/** `rows` holds one more than `limit` when there is a next page. */
function pageOf<R extends { position: Position }, T>(rows: readonly R[], limit: number, show: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(show), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last.position) : null }
}

/** Organization, owner, event and audit row in one unit, the new tenant's own: nothing of it can be half there. */
async function create(deps: Deps, { person, via }: Caller, { name, slug }: { name: string; slug: string }): Promise<ShownOrg> {
  if (via === 'apiKey') throw new AppError('auth.forbidden')
  const id = newId() as OrgId
  const owner = deps.ownerOf(id, person)
  const createdAt = deps.clock.now()
  await deps.runInTx(owner, async (tx) => {
    if (!await deps.repository.insert(tx, { id, name, slug, createdAt })) throw new AppError('org.slug_taken')
    await deps.repository.addOwner(tx, id, person.userId, createdAt)
    await deps.outbox.append(tx, owner, { type: 'orgs.created.v1', payload: {}, audit: { subjectType: 'org', subjectId: id, data: { name, slug } } })
  })
  return showOrg({ id, name, slug, role: 'owner', createdAt })
}

export function createOrgsService(deps: Deps): OrgsService {
  return {
    create: (caller, input) => create(deps, caller, input),
    async list({ person, actor, via }, { limit, cursor }) {
      const after = cursor === undefined ? null : decodeCursor(position, cursor)
      if (via === 'apiKey' && actor === null) throw new AppError('org.not_found')
      const only = via === 'apiKey' ? actor?.orgId ?? null : null
      const rows = await deps.runAsIdentity((tx) => deps.repository.ofUser(tx, person.userId, only, limit, after))
      return pageOf(rows, limit, (row) => (via === 'apiKey' && actor !== null ? showOrg({ ...row, role: actor.role }) : showOrg(row)))
    },
    async get(actor) {
      const org = await deps.runInTx(actor, (tx) => deps.repository.current(tx, actor.orgId), { readOnly: true })
      if (org === null) throw new AppError('org.not_found')
      return showOrg({ ...org, role: actor.role })
    },
    async members(actor, { limit, cursor }) {
      const after = cursor === undefined ? null : decodeCursor(position, cursor)
      const rows = await deps.runInTx(actor, (tx) => deps.repository.members(tx, limit, after), { readOnly: true })
      return pageOf(rows, limit, showMember)
    },
  }
}
