import type { MemberRole, OrgId, Permission, UserId } from '@intellidocs/contracts'
import type { Actor, Source } from '@intellidocs/kernel'
import { permissionsOf, type Holding } from './holdings.ts'

/** May somebody hand these permissions out? Never more than they hold themselves. */
export const mayGive = (actor: Actor, given: Iterable<Permission>): boolean => [...given].every((permission) => actor.permissions.has(permission))

/** Keys are made by people: a leaked key must not be able to make itself a successor. */
export const mayCreateKey = (actor: Actor, scopes: readonly Permission[]): boolean => actor.kind === 'user' && mayGive(actor, scopes)

/** One's own keys; who manages members ends anybody's, except that only an owner ends an owner's. */
export function mayRevokeKey(actor: Actor, key: { userId: string; ownerRole: MemberRole }): boolean {
  if (key.userId === actor.userId) return true
  return actor.permissions.has('members:manage') && (actor.role === 'owner' || key.ownerRole !== 'owner')
}

type Who = {
  readonly kind: 'user' | 'apiKey'
  readonly userId: UserId
  readonly orgId: OrgId
  readonly holding: Holding
  /** What the key they came in by is narrowed to; null for no key. */
  readonly scopes: readonly Permission[] | null
  readonly requestId: string
  readonly source: Source
}

/** A member at work. */
export function createActor({ holding, scopes, ...who }: Who): Actor {
  return Object.freeze({ ...who, role: holding.role, permissions: permissionsOf(holding, scopes), principals: holding.principals })
}
