import { rolePermissions, type MemberRole, type Permission } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import { mayGive, permissionsOf } from '../users/index.ts'

/** A membership, as far as who may change it depends on it. `permissions` is null for a built-in role, which stands for its own. */
export type Standing = { readonly role: MemberRole; readonly permissions: readonly Permission[] | null; readonly status: 'active' | 'suspended' }

/** What a role stands for: a built-in one for its own list, one of the organization's for what was written down. */
export const permissionsOfRole = (role: MemberRole, own: readonly Permission[] | null): readonly Permission[] =>
  (role === 'custom' ? own ?? [] : rolePermissions[role])

/** Only whoever holds all that a member holds changes them: so an admin never touches an owner, and nobody somebody stronger. */
export const mayTouch = (actor: Actor, member: Standing): boolean => mayGive(actor, permissionsOf(member, null))

/** Whether an actor, looked up when the request came, still holds what it is about to use. */
export const stillHolds = (actor: Actor, now: Standing | undefined): boolean => {
  if (now === undefined || now.status !== 'active') return false
  const held = permissionsOf(now, null)
  return [...actor.permissions].every((permission) => held.has(permission))
}

/** The same with whether the account itself is open. */
export type OwnerStanding = Standing & { readonly accountActive: boolean }
const isOwner = ({ role, status, accountActive }: OwnerStanding): boolean => role === 'owner' && status === 'active' && accountActive

/** Whether nobody who can sign in would own the organization if this member stopped to. `all` holds every owner. */
export const isLastOwner = (member: OwnerStanding, all: readonly OwnerStanding[]): boolean => isOwner(member) && all.filter(isOwner).length === 1

/** An organization is given away and ended by its owner in person, never by a key. */
export const mayDispose = (actor: Actor): boolean => actor.kind === 'user' && actor.role === 'owner'
