import type { FolderId, Level, Share, UserId } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type { Allowed, StoredShare } from './sharing.types.ts'

const DAY_MS = 86_400_000

/** What links give, they give to strangers: it takes what a grant takes. Asked of whoever makes a link, and of its maker each time it is opened. */
export const mayShare = (level: Level | null): boolean => level === 'manage'

/** Whether a folder belongs to the bundle that a link to `top` is: it is that or lies below it, and the maker of the link may share it. */
export const isInBundle = ({ path, level }: { readonly path: readonly FolderId[]; readonly level: Level | null }, top: FolderId): boolean => path.includes(top) && mayShare(level)

/** Whoever manages documents sees all links, those of others too. */
export const seesOthers = (actor: Pick<Actor, 'permissions'>): boolean => actor.permissions.has('documents:manage')
export const sees = (actor: Pick<Actor, 'permissions' | 'userId'>, share: { readonly createdBy: UserId }): boolean =>
  share.createdBy === actor.userId || seesOthers(actor)

/** Until when a link that was made then may live; null: as long as it likes. */
export const longestUntil = ({ maxDays }: Pick<Allowed, 'maxDays'>, createdAt: Date): Date | null =>
  (maxDays === null ? null : new Date(createdAt.getTime() + maxDays * DAY_MS))

type Limits = Pick<StoredShare, 'passwordHash' | 'expiresAt' | 'createdAt'>

/** Whether the organization allows a link of these settings. */
export function fits(allowed: Allowed, { passwordHash, expiresAt, createdAt }: Limits): boolean {
  const longest = longestUntil(allowed, createdAt)
  if (allowed.links === 'forbidden' || (allowed.passwordRequired && passwordHash === null)) return false
  return longest === null || (expiresAt !== null && expiresAt.getTime() <= longest.getTime())
}

/** Whether a link that is there still leads anywhere, as far as it and its organization's policy go. A life that became too long ends at its new end. */
export function stands(share: Limits & Pick<StoredShare, 'revokedAt'>, allowed: Allowed, now: Date): boolean {
  const longest = longestUntil(allowed, share.createdAt)
  const ends = [share.expiresAt, longest].filter((end) => end !== null)
  if (share.revokedAt !== null || ends.some((end) => end.getTime() <= now.getTime())) return false
  return allowed.links === 'allowed' && !(allowed.passwordRequired && share.passwordHash === null)
}

const isUsedUp = ({ viewLimit, views }: Pick<StoredShare, 'viewLimit' | 'views'>): boolean => viewLimit !== null && views >= viewLimit
export const hasViewsLeft = (share: Pick<StoredShare, 'viewLimit' | 'views'>): boolean => !isUsedUp(share)
export const hasDownloadsLeft = ({ download, downloadLimit, downloads }: Pick<StoredShare, 'download' | 'downloadLimit' | 'downloads'>): boolean =>
  download && (downloadLimit === null || downloads < downloadLimit)

export function stateOf(share: Pick<StoredShare, 'revokedAt' | 'expiresAt' | 'viewLimit' | 'views'>, now: Date): Share['state'] {
  if (share.revokedAt !== null) return 'revoked'
  if (share.expiresAt !== null && share.expiresAt.getTime() <= now.getTime()) return 'expired'
  return isUsedUp(share) ? 'used_up' : 'open'
}

/** A visit lasts this long; then the link is opened anew. */
export const VISIT_MS = 12 * 3_600_000

/** What is drawn into pictures of a link that is for looking only: who looks, and since when. */
export const markOf = ({ email, address, openedAt }: { email: string | null; address: string; openedAt: Date }): string =>
  `${email ?? address} ${openedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
