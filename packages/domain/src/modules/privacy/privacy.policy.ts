import type { MemberRole, Permission, UserId } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import { mayGive, permissionsOf } from '../users/index.ts'

/** A membership, as far as it says who may ask about it. `permissions` is null for a built-in role. */
export type Standing = { readonly role: MemberRole; readonly permissions: readonly Permission[] | null; readonly status: 'active' | 'suspended' }

/** Only whoever holds all that a member holds reads what is held about them: it tells what they see. Of former members there is nothing left to hold. */
export const mayAskAbout = (actor: Actor, standing: Standing | null): boolean => standing === null || mayGive(actor, permissionsOf(standing, null))

/**
 * A row of the audit in an export about somebody: from where somebody else acted is not theirs. What it tells of the subject, names and texts of documents among it, is
 * for the person themselves and for who reads the audit.
 */
export function maskAudit(row: Record<string, unknown>, { actor, about }: { actor: Pick<Actor, 'userId' | 'permissions'>; about: UserId | null }): Record<string, unknown> {
  const told = actor.userId === about || actor.permissions.has('audit:read') ? row : { ...row, data: null }
  return row['actorId'] === about ? told : { ...told, address: null }
}
