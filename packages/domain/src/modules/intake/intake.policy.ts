import { createHmac } from 'node:crypto'
import type { UploadRequestShown } from '@intellidocs/contracts'
import { derivedKey, sameHash, type Actor } from '@intellidocs/kernel'
import type { UploadRequestRow } from './intake.types.ts'

/** Own requests; who manages documents, everybody's. */
export const seesRequest = (actor: Pick<Actor, 'kind' | 'userId' | 'permissions'>, { createdBy }: Pick<UploadRequestRow, 'createdBy'>): boolean =>
  createdBy === actor.userId || actor.permissions.has('documents:manage')

/** The name under which a document comes in. */
export const nameOf = (given: string): string => given.normalize('NFC').replaceAll(/[\u0000-\u001f\u007f]/g, '').trim().slice(0, 300)

type Standing = Pick<UploadRequestRow, 'revokedAt' | 'expiresAt' | 'files' | 'maxFiles' | 'bytes' | 'maxTotalBytes'>

export function stateOf(row: Standing, now: Date): UploadRequestShown['state'] {
  if (row.revokedAt !== null) return 'revoked'
  if (row.expiresAt <= now) return 'expired'
  return row.files >= row.maxFiles || row.bytes >= row.maxTotalBytes ? 'used_up' : 'open'
}

const PASS_MS = 2 * 3_600_000
type Locked = Pick<UploadRequestRow, 'id' | 'passwordHash'>

/** Over the stored hash, so that a new password ends what was let in by the one before. */
const signed = (secretKey: Buffer, { id, passwordHash }: Locked, until: number): string =>
  createHmac('sha256', derivedKey(secretKey, 'intake.pass')).update(`${id} ${until} ${passwordHash ?? ''}`).digest('base64url')

/** Stands for the password of a request in its form, so that it is not typed for each file; good for two hours, for this password alone. */
export function passFor(secretKey: Buffer, request: Locked, now: Date): string {
  const until = now.getTime() + PASS_MS
  return `${until}.${signed(secretKey, request, until)}`
}

/** Whether a form may hand files in: its pass holds, or there is no password. */
export function passHolds(secretKeys: readonly Buffer[], request: Locked, { pass, now }: { pass: string; now: Date }): boolean {
  if (request.passwordHash === null) return true
  const [until = '', mark = ''] = pass.split('.')
  if (!/^\d{1,15}$/.test(until) || Number(until) <= now.getTime()) return false
  return secretKeys.some((secretKey) => sameHash(mark, signed(secretKey, request, Number(until))))
}
