import { createHmac } from 'node:crypto'
import { privacyContract, type PersonalKind, type UserId } from '@intellidocs/contracts'
import { AppError, decodeCursor, derivedKey, encodeCursor, sameHash, type Actor } from '@intellidocs/kernel'
import { z } from 'zod'

/** Where an export goes on: behind the record `after` of this kind, at its first one for null. */
export type Place = { readonly kind: PersonalKind; readonly after: string | null }
/** `email` of somebody from outside, whose `userId` is null. */
export type About = { readonly userId: UserId | null; readonly email: string | null }
type Export = About & { readonly secretKey: Buffer; readonly actor: Actor }

const sealed = z.strictObject({ kind: privacyContract.personalKind, after: z.string().max(100).nullable(), mark: z.string().max(100) })

const markOf = ({ secretKey, actor, userId, email }: Export, { kind, after }: Place): string =>
  createHmac('sha256', derivedKey(secretKey, 'privacy/export-place')).update(JSON.stringify([actor.orgId, actor.userId, userId, email, kind, after])).digest('base64url')

export const toCursor = (of: Export, { kind, after }: Place): string => encodeCursor({ kind, after, mark: markOf(of, { kind, after }) })

/**
 * Only what an earlier call of the same person about the same one gave out: that call is in the audit, and with a cursor made by hand nobody gets past its row.
 * @throws AppError input.cursor
 */
export function fromCursor(of: Export, cursor: string): Place {
  const { mark, ...place } = decodeCursor(sealed, cursor)
  if (!sameHash(mark, markOf(of, place))) throw new AppError('input.cursor')
  return place
}
