import { rolePermissions, roles as builtInRoles, type OrgRoleId, type Page, type Permission, type Role } from '@intellidocs/contracts'
import { AppError, newId, positionedPage, windowOf, type Actor, type Clock, type Outbox, type PageInput, type QuotaGate, type RunInTx } from '@intellidocs/kernel'
import { mayGive } from '../users/index.ts'
import type { OwnRole, RolesRepository } from './roles.repository.ts'
import { unlessTaken } from './unless-taken.ts'

export type ShownRole = { id: OrgRoleId; name: string; permissions: Permission[]; members: number; createdAt: string }

/** Roles that the organization makes of the list of permissions. Nobody makes, changes or deletes one that holds more than they do. */
export type RolesService = {
  /** The organization's own, oldest first; the built-in ones beside each page. */
  list(actor: Actor, input: PageInput): Promise<Page<ShownRole> & { builtIn: { role: Role; permissions: Permission[] }[] }>
  /** `permission.exceeded`, `role.name_taken`, `plan.feature`. */
  create(actor: Actor, input: { name: string; permissions: Permission[] }): Promise<ShownRole>
  /** What members of the role may changes with it, at once. `permission.exceeded`, `role.not_found`, `role.name_taken`. */
  update(actor: Actor, input: { id: OrgRoleId; name?: string | undefined; permissions?: Permission[] | undefined }): Promise<ShownRole>
  /** `role.in_use` while a member or an open invitation holds it. */
  remove(actor: Actor, input: { id: OrgRoleId }): Promise<{ id: OrgRoleId; deleted: true }>
}
export type RolesDeps = { runInTx: RunInTx; outbox: Outbox; clock: Clock; roles: RolesRepository; quota: QuotaGate }

const builtIn = builtInRoles.map((role) => ({ role, permissions: [...rolePermissions[role]] }))
const show = ({ id, name, permissions, members, createdAt }: OwnRole): ShownRole =>
  ({ id, name, permissions, members, createdAt: createdAt.toISOString() })
const audited = (id: OrgRoleId, data: { before: unknown; after: unknown }) => ({ subjectType: 'role', subjectId: id, data })

function mustHold(actor: Actor, permissions: readonly Permission[]): void {
  if (!mayGive(actor, permissions)) throw new AppError('permission.exceeded')
}

async function create(deps: RolesDeps, actor: Actor, { name, permissions }: { name: string; permissions: Permission[] }): Promise<ShownRole> {
  mustHold(actor, permissions)
  const role = { id: newId() as OrgRoleId, name: name.normalize('NFC'), permissions, createdAt: deps.clock.now() }
  await deps.runInTx(actor, async (tx) => {
    await deps.quota.mustHave(tx, actor, 'customRoles')
    await unlessTaken('role.name_taken', () => deps.roles.insert(tx, { ...role, orgId: actor.orgId }))
    await deps.outbox.append(tx, actor, {
      type: 'orgs.role-created.v1', payload: { roleId: role.id }, audit: audited(role.id, { before: null, after: { name: role.name, permissions } }),
    })
  })
  return show({ ...role, members: 0 })
}

function update(deps: RolesDeps, actor: Actor, input: Parameters<RolesService['update']>[1]): Promise<ShownRole> {
  return deps.runInTx(actor, async (tx) => {
    const before = await deps.roles.lock(tx, actor.orgId, input.id)
    if (before === null) throw new AppError('role.not_found')
    const { name = before.name, permissions = before.permissions } = input
    mustHold(actor, [...before.permissions, ...permissions])
    const after = { ...before, name: name.normalize('NFC'), permissions }
    await unlessTaken('role.name_taken', () => deps.roles.update(tx, { orgId: actor.orgId, id: before.id }, after))
    const of = (role: OwnRole) => ({ name: role.name, permissions: role.permissions })
    await deps.outbox.append(tx, actor, {
      type: 'orgs.role-changed.v1', payload: { roleId: before.id }, audit: audited(before.id, { before: of(before), after: of(after) }),
    })
    return show(after)
  })
}

function remove(deps: RolesDeps, actor: Actor, { id }: { id: OrgRoleId }): Promise<{ id: OrgRoleId; deleted: true }> {
  return deps.runInTx(actor, async (tx) => {
    const before = await deps.roles.lock(tx, actor.orgId, id)
    if (before === null) throw new AppError('role.not_found')
    mustHold(actor, before.permissions)
    if (await deps.roles.isHeld(tx, actor.orgId, id)) throw new AppError('role.in_use')
    await deps.roles.remove(tx, actor.orgId, id)
    await deps.outbox.append(tx, actor, {
      type: 'orgs.role-deleted.v1', payload: { roleId: id },
      audit: audited(id, { before: { name: before.name, permissions: before.permissions }, after: null }),
    })
    return { id, deleted: true as const }
  })
}

export function createRolesService(deps: RolesDeps): RolesService {
  return {
    async list(actor, input) {
      const page = windowOf(input)
      const rows = await deps.runInTx(actor, (tx) => deps.roles.list(tx, actor.orgId, page), { readOnly: true })
      return { ...positionedPage(rows, page.limit, show), builtIn }
    },
    create: (actor, input) => create(deps, actor, input),
    update: (actor, input) => update(deps, actor, input),
    remove: (actor, input) => remove(deps, actor, input),
  }
}
