import type { MemberRole, OrgRoleId, Page, UserId } from '@intellidocs/contracts'
import {
  AppError, positionedPage, windowOf, type Actor, type NewEvent, type Outbox, type PageInput, type RunInTx, type Tx,
} from '@intellidocs/kernel'
import { mayGive } from '../users/index.ts'
import type { LockedMember, Member, MembersRepository, RoleRef } from './members.repository.ts'
import { isLastOwner, mayDispose, mayTouch, permissionsOfRole, stillHolds } from './orgs.policy.ts'
import type { Caller } from './orgs.service.ts'
import type { RolesRepository } from './roles.repository.ts'

export type ShownMember = {
  userId: UserId; email: string; name: string; role: MemberRole; roleId: OrgRoleId | null; status: 'active' | 'suspended'; joinedAt: string
}
type Who = { userId: UserId }

/**
 * Members of the actor's organization. Whoever changes one must hold all that they hold (`member.stronger`), and the organization keeps an owner
 * (`org.last_owner`). `member.not_found` for everybody who is no member; `auth.session_required` for a key, where it is about an owner.
 */
export type MembersService = {
  list(actor: Actor, input: PageInput): Promise<Page<ShownMember>>
  /** `permission.exceeded` for a role that holds more than the actor does, `role.not_found`. */
  setRole(actor: Actor, input: Who & RoleRef): Promise<ShownMember>
  /** Shuts a member out, keys and open connections included, until they are resumed. `member.state` for one who is. */
  suspend(actor: Actor, input: Who): Promise<ShownMember>
  resume(actor: Actor, input: Who): Promise<ShownMember>
  /**
   * Ends a membership with its keys, its places in groups, what was granted to the person, and the invitations they made: what they could give ended
   * with it. Their documents stay.
   */
  remove(actor: Actor, input: Who): Promise<{ userId: UserId; removed: true }>
  /** The same by the member themselves, whatever their role; not by a key. */
  leave(caller: Caller): Promise<{ left: true }>
  /** The member becomes an owner and the actor, an owner in person, an admin. */
  transferOwnership(actor: Actor, input: Who): Promise<ShownMember>
}
export type MembersDeps = { runInTx: RunInTx; outbox: Outbox; members: MembersRepository; roles: Pick<RolesRepository, 'find'> }

export const showMember = ({ userId, email, name, role, roleId, status, joinedAt }: Member): ShownMember =>
  ({ userId, email, name, role, roleId, status, joinedAt: joinedAt.toISOString() })

type Locked = { target: LockedMember; all: readonly LockedMember[] }

/** Under the locks: the actor as they are now, the member, and every owner. */
async function lock(deps: MembersDeps, tx: Tx, { actor, userId }: { actor: Actor; userId: UserId }): Promise<Locked> {
  const all = await deps.members.lock(tx, actor.orgId, [actor.userId, userId])
  if (!stillHolds(actor, all.find((member) => member.userId === actor.userId))) throw new AppError('auth.forbidden')
  const target = all.find((member) => member.userId === userId)
  if (target === undefined) throw new AppError('member.not_found')
  return { target, all }
}

async function lockToChange(deps: MembersDeps, tx: Tx, of: { actor: Actor; userId: UserId }): Promise<Locked> {
  const locked = await lock(deps, tx, of)
  if (!mayTouch(of.actor, locked.target)) throw new AppError('member.stronger')
  return locked
}

/** Owners are made, unmade, shut out and removed by somebody in person: a key that leaked takes no organization over. */
function inPersonFor(actor: Actor, ...roles: readonly MemberRole[]): void {
  if (actor.kind !== 'user' && roles.includes('owner')) throw new AppError('auth.session_required')
}

function keepAnOwner({ target, all }: Locked): void {
  if (isLastOwner(target, all)) throw new AppError('org.last_owner')
}

async function shown(deps: MembersDeps, tx: Tx, { actor, userId }: { actor: Actor; userId: UserId }): Promise<ShownMember> {
  const member = await deps.members.find(tx, actor.orgId, userId)
  if (member === null) throw new AppError('member.not_found')
  return showMember(member)
}

const audited = (userId: UserId, data: { before: unknown; after: unknown }) => ({ subjectType: 'member', subjectId: userId, data })

/** The role that is given out, unless it holds more than the actor does. @throws AppError role.not_found, permission.exceeded */
export async function mayGiveRole(
  { roles }: Pick<MembersDeps, 'roles'>, tx: Tx, { actor, role, roleId }: RoleRef & { actor: Actor },
): Promise<void> {
  const own = roleId === null ? null : await roles.find(tx, actor.orgId, roleId)
  if (roleId !== null && own === null) throw new AppError('role.not_found')
  if (!mayGive(actor, permissionsOfRole(role, own?.permissions ?? null))) throw new AppError('permission.exceeded')
}

function setRole(deps: MembersDeps, actor: Actor, { userId, role, roleId }: Who & RoleRef): Promise<ShownMember> {
  return deps.runInTx(actor, async (tx) => {
    const locked = await lockToChange(deps, tx, { actor, userId })
    const { target } = locked
    inPersonFor(actor, target.role, role)
    await mayGiveRole(deps, tx, { actor, role, roleId })
    if (role !== target.role || roleId !== target.roleId) {
      if (role !== 'owner') keepAnOwner(locked)
      await deps.members.setRole(tx, { orgId: actor.orgId, userId }, { role, roleId })
      const before = { role: target.role, roleId: target.roleId }
      await deps.outbox.append(tx, actor, {
        type: 'orgs.member-role-set.v1', payload: { userId, role, roleId }, audit: audited(userId, { before, after: { role, roleId } }),
      })
    }
    return shown(deps, tx, { actor, userId })
  })
}

function setStatus(deps: MembersDeps, actor: Actor, { userId, to }: Who & { to: 'active' | 'suspended' }): Promise<ShownMember> {
  return deps.runInTx(actor, async (tx) => {
    const locked = await lockToChange(deps, tx, { actor, userId })
    const before = locked.target.status
    if (to === 'suspended') inPersonFor(actor, locked.target.role)
    if (before === to) throw new AppError('member.state')
    if (to === 'suspended') keepAnOwner(locked)
    await deps.members.setStatus(tx, { orgId: actor.orgId, userId }, to)
    await deps.outbox.append(tx, actor, {
      type: to === 'suspended' ? 'orgs.member-suspended.v1' : 'orgs.member-resumed.v1', payload: { userId },
      audit: audited(userId, { before: { status: before }, after: { status: to } }),
    })
    return shown(deps, tx, { actor, userId })
  })
}

async function end(deps: MembersDeps, tx: Tx, { actor, locked }: { actor: Actor; locked: Locked }): Promise<void> {
  keepAnOwner(locked)
  const { userId, role, roleId, status } = locked.target
  await deps.members.remove(tx, { orgId: actor.orgId, userId })
  await deps.outbox.append(tx, actor, {
    type: 'orgs.member-removed.v1', payload: { userId }, audit: audited(userId, { before: { role, roleId, status }, after: null }),
  })
}

async function leave(deps: MembersDeps, { actor, orgRequested }: Caller): Promise<{ left: true }> {
  if (actor === null) throw new AppError(orgRequested === null ? 'org.required' : 'org.not_found')
  if (actor.kind !== 'user') throw new AppError('auth.forbidden')
  await deps.runInTx(actor, async (tx) => {
    await end(deps, tx, { actor, locked: await lock(deps, tx, { actor, userId: actor.userId }) })
  })
  return { left: true }
}

function transferOwnership(deps: MembersDeps, actor: Actor, { userId }: Who): Promise<ShownMember> {
  if (!mayDispose(actor)) throw new AppError('auth.forbidden')
  return deps.runInTx(actor, async (tx) => {
    const { target } = await lock(deps, tx, { actor, userId })
    if (target.status !== 'active' || target.role === 'owner') throw new AppError('member.state')
    await deps.members.setRole(tx, { orgId: actor.orgId, userId }, { role: 'owner', roleId: null })
    await deps.members.setRole(tx, { orgId: actor.orgId, userId: actor.userId }, { role: 'admin', roleId: null })
    const event: NewEvent = {
      type: 'orgs.ownership-transferred.v1', payload: { userId },
      audit: audited(userId, {
        before: { owner: actor.userId, role: target.role, roleId: target.roleId }, after: { owner: userId, formerOwnerRole: 'admin' },
      }),
    }
    await deps.outbox.append(tx, actor, event)
    return shown(deps, tx, { actor, userId })
  })
}

export function createMembersService(deps: MembersDeps): MembersService {
  return {
    async list(actor, input) {
      const page = windowOf(input)
      const rows = await deps.runInTx(actor, (tx) => deps.members.list(tx, { orgId: actor.orgId, groupId: null }, page), { readOnly: true })
      return positionedPage(rows, page.limit, showMember)
    },
    setRole: (actor, input) => setRole(deps, actor, input),
    suspend: (actor, { userId }) => setStatus(deps, actor, { userId, to: 'suspended' }),
    resume: (actor, { userId }) => setStatus(deps, actor, { userId, to: 'active' }),
    remove: (actor, { userId }) => deps.runInTx(actor, async (tx) => {
      const locked = await lockToChange(deps, tx, { actor, userId })
      inPersonFor(actor, locked.target.role)
      await end(deps, tx, { actor, locked })
      return { userId, removed: true as const }
    }),
    leave: (caller) => leave(deps, caller),
    transferOwnership: (actor, input) => transferOwnership(deps, actor, input),
  }
}
