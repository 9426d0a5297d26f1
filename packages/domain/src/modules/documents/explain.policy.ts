import {
  levels, rolePermissions, type DocumentId, type FolderId, type Level, type Permission, type Principal, type ReasonForAccess, type Role, type UserId,
} from '@intellidocs/contracts'
import { principalOf } from './principals.ts'

export type ExplainedGrant = { readonly documentId: DocumentId | null; readonly folderId: FolderId | null; readonly principal: string; readonly level: Level }
export type ExplainedFacts = {
  readonly userId: UserId
  readonly ownerId: UserId
  readonly visibility: 'org' | 'restricted'
  readonly restricted: boolean
  /** Null: no active membership. `permissions` null: those of the built-in role. */
  readonly member: { readonly role: string; readonly permissions: readonly Permission[] | null; readonly groups: readonly string[] } | null
  /** Those on the document and on the folders above it. */
  readonly grants: readonly ExplainedGrant[]
  /** Whether the reader rows let them see it now. */
  readonly seen: boolean
}
export type Explained = { level: Level | null; reasons: ReasonForAccess[] }

const rank = (level: Level): number => levels.indexOf(level)
const permissionsOf = ({ role, permissions }: NonNullable<ExplainedFacts['member']>): readonly Permission[] =>
  permissions ?? (role in rolePermissions ? rolePermissions[role as Role] : [])

function reaches(principal: Principal, facts: ExplainedFacts): boolean {
  if ('user' in principal) return principal.user === facts.userId
  if ('group' in principal) return facts.member?.groups.includes(principal.group) ?? false
  return facts.member?.role !== 'guest'
}

/** What gives the user a level, the highest first. */
function givers(facts: ExplainedFacts, manages: boolean): Extract<ReasonForAccess, { level: Level }>[] {
  const found: Extract<ReasonForAccess, { level: Level }>[] = []
  if (facts.ownerId === facts.userId) found.push({ kind: 'owner', level: 'manage' })
  if (facts.visibility === 'org' && !facts.restricted && facts.member?.role !== 'guest') found.push({ kind: 'visibility', level: 'edit' })
  for (const { documentId, folderId, level, ...grant } of facts.grants) {
    const principal = principalOf(grant.principal)
    // What the organization was granted on a document holds outside of restricted folders only.
    if (reaches(principal, facts) && !(documentId !== null && 'org' in principal && facts.restricted)) {
      found.push({ kind: 'grant', level, principal, documentId, folderId })
    }
  }
  if (found.length > 0 && manages) found.push({ kind: 'permission', level: 'manage' })
  return found.toSorted((a, b) => rank(b.level) - rank(a.level))
}

/** Why nothing gives the user anything. */
function takers(facts: ExplainedFacts): ReasonForAccess[] {
  if (facts.member?.role === 'guest') return [{ kind: 'guest' }]
  return [
    ...(facts.visibility === 'restricted' ? [{ kind: 'visibility_restricted' as const }] : []),
    ...(facts.restricted ? [{ kind: 'folder_restricted' as const }] : []),
  ]
}

/** Why somebody sees a document, and at what level, or why not. */
export function explain(facts: ExplainedFacts): Explained {
  if (facts.member === null) return { level: null, reasons: [{ kind: 'not_member' }] }
  const held = permissionsOf(facts.member)
  if (!held.includes('documents:read')) return { level: null, reasons: [{ kind: 'no_permission' }] }
  const reasons = givers(facts, held.includes('documents:manage'))
  const [best] = reasons
  if (best === undefined) return { level: null, reasons: takers(facts) }
  if (!facts.seen) return { level: null, reasons: [...reasons, { kind: 'settling' }] }
  if (best.level === 'view' || held.includes('documents:edit')) return { level: best.level, reasons }
  return { level: 'view', reasons: [...reasons, { kind: 'role_caps' }] }
}
