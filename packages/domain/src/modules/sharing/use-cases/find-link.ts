import { PLATFORM_ORG_ID, SYSTEM_USER_ID, type ShareId, type ShareVisitId } from '@intellidocs/contracts'
import { AppError, hashToken, noSource, sameHash, systemActor, type Actor, type Tx } from '@intellidocs/kernel'
import type { SharedDocument, SharedFolder } from '../../documents/index.ts'
import { networkOf } from '../network-of.ts'
import type { SharingDeps } from '../sharing.deps.ts'
import { mayShare, stands } from '../sharing.policy.ts'
import type { ShareRef, StoredShare, Visit, Visitor } from '../sharing.types.ts'

/** A token that somebody shows: whose it is, and its maker as they are now; null: they may act there no more. */
export type Link = { readonly ref: ShareRef; readonly maker: Actor | null; readonly visitor: Visitor }

/** What a link leads to now. */
export type LedTo = { readonly kind: 'document'; readonly document: SharedDocument } | { readonly kind: 'folder'; readonly folder: SharedFolder }
export type Standing = { readonly share: StoredShare; readonly to: LedTo; readonly maker: Actor; readonly wholeAddresses: boolean }

/** What nobody shares. A token that is none is looked up like one that was revoked, so that both take the same time. */
const nothing: ShareRef = Object.freeze({ orgId: PLATFORM_ORG_ID, id: '00000000-0000-0000-0000-000000000000' as ShareId, createdBy: SYSTEM_USER_ID })

/** There is one answer to whatever a link does not open, for whatever reason. */
export const opensNothing = (): AppError => new AppError('share.not_found')

export async function findLink(deps: SharingDeps, visitor: Visitor): Promise<Link> {
  const ref = await deps.runAsIdentity((tx) => deps.links.refOf(tx, hashToken(visitor.token))) ?? nothing
  return { ref, visitor, maker: await deps.memberActor({ orgId: ref.orgId, userId: ref.createdBy, requestId: visitor.requestId }) }
}

/** Work in the organization of the link. */
export const inOrgOf = <T>(deps: SharingDeps, { ref, maker, visitor }: Link, work: (tx: Tx) => Promise<T>): Promise<T> =>
  deps.runInTx(maker ?? systemActor(ref.orgId, visitor.requestId), work)

/**
 * What the link leads to at this moment: it is not revoked or over, the organization allows it, and its maker may still share what it leads to, which is
 * not in the trash. Null: for any reason it leads nowhere.
 */
export async function standingOf(deps: SharingDeps, tx: Tx, { ref, maker }: Link): Promise<Standing | null> {
  // Both are asked for whatever comes of the first, so that a token that is none takes as long as one that was revoked.
  const [share, policy] = [await deps.links.find(tx, ref), await deps.rules.get(tx, ref.orgId)]
  if (share === null || maker === null || !stands(share, policy, deps.clock.now())) return null
  const to = await ledTo(deps, tx, { share, maker })
  return to === null ? null : { share, to, maker, wholeAddresses: policy.wholeAddresses }
}

async function ledTo({ documents: { shared } }: SharingDeps, tx: Tx, { share, maker }: { share: StoredShare; maker: Actor }): Promise<LedTo | null> {
  if (share.folderId !== null) {
    const [folder] = await shared.folders(tx, maker, [share.folderId])
    return folder !== undefined && mayShare(folder.level) ? { kind: 'folder', folder } : null
  }
  const document = share.documentId === null ? null : await shared.document(tx, maker, { id: share.documentId, version: share.version })
  return document !== null && document.servable && document.lifecycle === 'active' && mayShare(document.level) ? { kind: 'document', document } : null
}

/** The visit that the cookie names, as long as it lasts and nobody changed what it takes to open the link. */
export async function visitOf(deps: SharingDeps, tx: Tx, { share, cookie }: { share: StoredShare; cookie: string | null }): Promise<Visit | null> {
  const [, id, secret] = /^([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})$/.exec(cookie ?? '') ?? []
  if (id === undefined || secret === undefined || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return null
  const visit = await deps.visits.find(tx, share, id as ShareVisitId)
  if (visit === null || !sameHash(visit.secretHash, hashToken(secret))) return null
  return visit.gate === share.gate && visit.expiresAt > deps.clock.now() ? visit : null
}

/** @throws AppError share.not_found */
export async function visited(deps: SharingDeps, tx: Tx, link: Link): Promise<Standing & { readonly visit: Visit }> {
  const standing = await standingOf(deps, tx, link)
  const visit = standing === null ? null : await visitOf(deps, tx, { share: standing.share, cookie: link.visitor.visit })
  if (standing === null || visit === null) throw opensNothing()
  return { ...standing, visit }
}

/** Who stands in events and the audit for somebody from outside: nobody of the organization, from this network. */
export const outsider = ({ ref, visitor }: Link, address: string): Actor => ({ ...systemActor(ref.orgId, visitor.requestId), source: { ...noSource, address } })

/** What is kept of a visitor's address. */
export const keptAddress = ({ ip }: Visitor, wholeAddresses: boolean): string => (wholeAddresses ? ip : networkOf(ip))
