import { createHmac, timingSafeEqual } from 'node:crypto'
import { locales, type Locale, type notificationsContract, type OrgId, type UserId } from '@intellidocs/contracts'
import { derivedKey } from '@intellidocs/kernel'

const PURPOSE = 'notifications.unsubscribe'
const VERSION = 1
const MAC = 32
/** Version, organization, person, scope, language, end: then the code over them. */
const LENGTH = 1 + 16 + 16 + 1 + 1 + 4
const DAYS_MS = 90 * 86_400_000

/** What the link of a mail ends: mails of a kind, or digests. In the order in which tokens name them: only ever added to at the end. */
export const scopes = [
  'digest', 'task_assigned', 'task_reminder', 'tasks_overdue', 'run_ended', 'mentioned', 'version_wanted', 'shared', 'processing_failed', 'webhook_paused', 'files_received',
  'link_opened', 'quota_near',
] as const satisfies readonly ('digest' | notificationsContract.Kind)[]
export type Scope = (typeof scopes)[number]
/** Whose mail, of which organization, and what of it. The language is that of the mail. */
export type Leaving = { readonly orgId: OrgId; readonly userId: UserId; readonly scope: Scope; readonly locale: Locale }

const codeOf = (secretKey: Buffer, body: Buffer): Buffer => createHmac('sha256', derivedKey(secretKey, PURPOSE)).update(body).digest()

const bytesOf = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')
const idOf = (bytes: Buffer): string => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** A token that ends these mails and nothing else, good for 90 days. Whoever has the mail has it: it opens nothing. */
export function unsubscribeToken(secretKey: Buffer, { orgId, userId, scope, locale }: Leaving, now: Date): string {
  const body = Buffer.alloc(LENGTH)
  body.writeUInt8(VERSION, 0)
  body.set(bytesOf(orgId), 1)
  body.set(bytesOf(userId), 17)
  body.writeUInt8(scopes.indexOf(scope), 33)
  body.writeUInt8(locales.indexOf(locale), 34)
  body.writeUInt32BE(Math.floor((now.getTime() + DAYS_MS) / 1_000), 35)
  return Buffer.concat([body, codeOf(secretKey, body)]).toString('base64url')
}

/** What a token that one of these keys made says; null for every other text, and once its time is over. */
export function readUnsubscribeToken(secretKeys: readonly Buffer[], token: string, now: Date): Leaving | null {
  const bytes = Buffer.from(token, 'base64url')
  // One token has one spelling: what a decoder would pass over is not part of it.
  if (bytes.length !== LENGTH + MAC || bytes.toString('base64url') !== token) return null
  const [body, code] = [bytes.subarray(0, LENGTH), bytes.subarray(LENGTH)]
  if (!secretKeys.some((key) => timingSafeEqual(codeOf(key, body), code))) return null
  const [scope, locale] = [scopes[body.readUInt8(33)], locales[body.readUInt8(34)]]
  if (body.readUInt8(0) !== VERSION || scope === undefined || locale === undefined || body.readUInt32BE(35) * 1_000 <= now.getTime()) return null
  return { orgId: idOf(body.subarray(1, 17)) as OrgId, userId: idOf(body.subarray(17, 33)) as UserId, scope, locale }
}
