import type { GroupId, Page, UserId } from '@intellidocs/contracts'
import {
  AppError, newId, positionedPage, windowOf, type Actor, type Clock, type Outbox, type PageInput, type RunInTx, type Tx,
} from '@intellidocs/kernel'
import type { Group, GroupsRepository } from './groups.repository.ts'
import type { MembersRepository } from './members.repository.ts'
import { showMember, type ShownMember } from './members.service.ts'
import { unlessTaken } from './unless-taken.ts'

export type ShownGroup = { id: GroupId; name: string; members: number; createdAt: string }
type InGroup = { groupId: GroupId; userId: UserId }

/** Groups of the actor's organization: whom documents and folders are granted to at once. `group.not_found` for all that are not there. */
export type GroupsService = {
  list(actor: Actor, input: PageInput): Promise<Page<ShownGroup>>
  /** `group.name_taken`. */
  create(actor: Actor, input: { name: string }): Promise<ShownGroup>
  update(actor: Actor, input: { id: GroupId; name: string }): Promise<ShownGroup>
  /** What was granted to the group goes with it, in the same transaction. */
  remove(actor: Actor, input: { id: GroupId }): Promise<{ id: GroupId; deleted: true }>
  /** Safe to repeat. `member.not_found` for somebody who is no member. See `mayFill`: `auth.forbidden`, `auth.session_required`. */
  addMember(actor: Actor, input: InGroup): Promise<ShownGroup>
  removeMember(actor: Actor, input: InGroup): Promise<ShownGroup>
  members(actor: Actor, input: PageInput & { groupId: GroupId }): Promise<Page<ShownMember>>
}
export type GroupsDeps = {
  runInTx: RunInTx; outbox: Outbox; clock: Clock; groups: GroupsRepository; members: Pick<MembersRepository, 'find' | 'list'>
}

const show = ({ id, name, members, createdAt }: Group): ShownGroup => ({ id, name, members, createdAt: createdAt.toISOString() })
const audited = (id: GroupId, data: Record<string, unknown>) => ({ subjectType: 'group', subjectId: id, data })

async function load(deps: GroupsDeps, tx: Tx, { actor, id }: { actor: Actor; id: GroupId }): Promise<Group> {
  const group = await deps.groups.find(tx, actor.orgId, id)
  if (group === null) throw new AppError('group.not_found')
  return group
}

async function create(deps: GroupsDeps, actor: Actor, input: { name: string }): Promise<ShownGroup> {
  const group = { id: newId() as GroupId, name: input.name.normalize('NFC'), createdAt: deps.clock.now() }
  await deps.runInTx(actor, async (tx) => {
    await unlessTaken('group.name_taken', () => deps.groups.insert(tx, { ...group, orgId: actor.orgId }))
    await deps.outbox.append(tx, actor, {
      type: 'orgs.group-created.v1', payload: { groupId: group.id }, audit: audited(group.id, { before: null, after: { name: group.name } }),
    })
  })
  return show({ ...group, members: 0 })
}

function update(deps: GroupsDeps, actor: Actor, { id, name: wanted }: { id: GroupId; name: string }): Promise<ShownGroup> {
  const name = wanted.normalize('NFC')
  return deps.runInTx(actor, async (tx) => {
    const before = await load(deps, tx, { actor, id })
    if (before.name === name) return show(before)
    await unlessTaken('group.name_taken', () => deps.groups.rename(tx, { orgId: actor.orgId, id }, name))
    await deps.outbox.append(tx, actor, {
      type: 'orgs.group-changed.v1', payload: { groupId: id }, audit: audited(id, { before: { name: before.name }, after: { name } }),
    })
    return show({ ...before, name })
  })
}

function remove(deps: GroupsDeps, actor: Actor, { id }: { id: GroupId }): Promise<{ id: GroupId; deleted: true }> {
  return deps.runInTx(actor, async (tx) => {
    const before = await load(deps, tx, { actor, id })
    const grants = await deps.groups.remove(tx, actor.orgId, id)
    if (grants === null) throw new AppError('group.not_found')
    await deps.outbox.append(tx, actor, {
      type: 'orgs.group-deleted.v1', payload: { groupId: id },
      audit: audited(id, { before: { name: before.name, members: before.members, grants }, after: null }),
    })
    return { id, deleted: true as const }
  })
}

/**
 * Who manages groups does not thereby read what is granted to them: into a group that was granted something nobody puts themselves, and a key
 * nobody, unless they are in it.
 */
async function mayFill(deps: GroupsDeps, tx: Tx, { actor, groupId, userId }: InGroup & { actor: Actor }): Promise<void> {
  if (actor.kind === 'user' && userId !== actor.userId) return
  if (await deps.groups.has(tx, { orgId: actor.orgId, groupId, userId: actor.userId }) || !await deps.groups.hasGrants(tx, actor.orgId, groupId)) return
  throw new AppError(actor.kind === 'user' ? 'auth.forbidden' : 'auth.session_required')
}

function setMember(deps: GroupsDeps, actor: Actor, { groupId, userId, inside }: InGroup & { inside: boolean }): Promise<ShownGroup> {
  return deps.runInTx(actor, async (tx) => {
    await load(deps, tx, { actor, id: groupId })
    if (await deps.members.find(tx, actor.orgId, userId) === null) throw new AppError('member.not_found')
    if (inside) await mayFill(deps, tx, { actor, groupId, userId })
    const place = { orgId: actor.orgId, groupId, userId }
    const changed = inside ? await deps.groups.add(tx, place) : await deps.groups.take(tx, place)
    if (changed) {
      await deps.outbox.append(tx, actor, {
        type: inside ? 'orgs.group-member-added.v1' : 'orgs.group-member-removed.v1', payload: { groupId, userId },
        audit: audited(groupId, { before: inside ? null : { userId }, after: inside ? { userId } : null }),
      })
    }
    return show(await load(deps, tx, { actor, id: groupId }))
  })
}

export function createGroupsService(deps: GroupsDeps): GroupsService {
  return {
    async list(actor, input) {
      const page = windowOf(input)
      const rows = await deps.runInTx(actor, (tx) => deps.groups.list(tx, actor.orgId, page), { readOnly: true })
      return positionedPage(rows, page.limit, show)
    },
    create: (actor, input) => create(deps, actor, input),
    update: (actor, input) => update(deps, actor, input),
    remove: (actor, input) => remove(deps, actor, input),
    addMember: (actor, input) => setMember(deps, actor, { ...input, inside: true }),
    removeMember: (actor, input) => setMember(deps, actor, { ...input, inside: false }),
    async members(actor, { groupId, ...input }) {
      const page = windowOf(input)
      const rows = await deps.runInTx(actor, async (tx) => {
        await load(deps, tx, { actor, id: groupId })
        return deps.members.list(tx, { orgId: actor.orgId, groupId }, page)
      }, { readOnly: true })
      return positionedPage(rows, page.limit, showMember)
    },
  }
}
