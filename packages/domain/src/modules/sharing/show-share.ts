import type { OrgId, Share } from '@intellidocs/contracts'
import { pseudonymOf } from '@intellidocs/kernel'
import type { SharingDeps } from './sharing.deps.ts'
import { stateOf } from './sharing.policy.ts'
import type { ListedShare, Settings, StoredShare } from './sharing.types.ts'

const iso = (at: Date | null): string | null => at?.toISOString() ?? null

/** A link as members see it: without its token and the hash of its password. */
export function showShare(share: ListedShare, now: Date): Share {
  const { id, documentId, folderId, version, title, createdBy, note, passwordHash, emails, viewLimit, downloadLimit, download, notify, views, downloads } = share
  return {
    id, documentId, folderId, version, title, createdBy, state: stateOf(share, now), note, hasPassword: passwordHash !== null, emails: [...emails], expiresAt: iso(share.expiresAt),
    viewLimit, downloadLimit, download, notify, views, downloads, lastOpenedAt: iso(share.lastOpenedAt), revokedAt: iso(share.revokedAt), createdAt: share.createdAt.toISOString(),
  }
}

/** The audit can never be changed, so nobody from outside stands there by their address. */
export const hidden = ({ secretKey }: Pick<SharingDeps, 'secretKey'>, orgId: OrgId, email: string | null): { pseudonym: string } | null =>
  (email === null ? null : { pseudonym: pseudonymOf(secretKey, { orgId, text: email }) })

/** What the audit keeps of its settings: not the note, which is for the recipient, and nothing of the password but that there is one. */
export const audited = (deps: Pick<SharingDeps, 'secretKey'>, orgId: OrgId, { passwordHash, emails, expiresAt, viewLimit, downloadLimit, download }: Settings): Record<string, unknown> =>
  ({ hasPassword: passwordHash !== null, emails: emails.map((email) => hidden(deps, orgId, email)), expiresAt: iso(expiresAt), viewLimit, downloadLimit, download })

export const subjectOf = ({ documentId, folderId }: Pick<StoredShare, 'documentId' | 'folderId'>): Pick<StoredShare, 'documentId' | 'folderId'> => ({ documentId, folderId })
