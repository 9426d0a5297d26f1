import { z } from 'zod'
import { email } from './email.ts'
import { sha256 } from './ids.ts'
import { kinds } from './notifications.ts'
import { nameLine as line } from './text.ts'

/** Languages that mail is written in. */
export const locales = ['en', 'pt'] as const
export const locale = z.enum(locales)
export type Locale = z.infer<typeof locale>

const moment = z.iso.datetime()
/** What opens a one-time link: as `randomToken` makes it. */
const token = z.string().regex(/^[A-Za-z0-9_-]{16,200}$/)

/** What a mail may tell somebody of; on the security of an account there are mails of their own. */
const what = z.enum(kinds).exclude(['security'])
/** `title` is the name of a document, a folder or the organization, or a number of tasks. */
const told = { what, title: line }
/** Most that a digest names; `count` says how many there are. */
export const DIGEST_MOST = 20

/** Most files that a receipt names; `count` says how many came. */
export const RECEIPT_MOST = 50

/** The closed list of mails and what each is told. `name` is the recipient's; `at` is when it happened, or will. */
export const mailData = {
  'verify-email': z.strictObject({ name: line, token, expiresAt: moment }),
  /** Somebody signed up with an address that has an account. */
  'account-exists': z.strictObject({ name: line }),
  'reset-password': z.strictObject({ name: line, token, expiresAt: moment }),
  'password-changed': z.strictObject({ name: line, at: moment }),
  'new-device': z.strictObject({ name: line, device: line, address: line, at: moment }),
  'second-factor-changed': z.strictObject({ name: line, change: z.enum(['on', 'off', 'taken-off', 'recovery-codes']), at: moment }),
  'api-key-created': z.strictObject({ name: line, keyName: line, orgName: line, at: moment }),
  /** To whoever is invited, who may have no account: hence no name. */
  'invitation': z.strictObject({ inviter: line, orgName: line, token, expiresAt: moment }),
  /** To whoever wants to open a link that is for this address: hence no name. */
  'share-code': z.strictObject({ code: z.string().regex(/^\d{6,10}$/), expiresAt: moment }),
  'account-deleted': z.strictObject({ name: line, at: moment }),
  'org-deletion-scheduled': z.strictObject({ name: line, orgName: line, by: line, at: moment }),
  /** `unsubscribe` is what ends mails of this kind, or digests, without signing in. */
  'notification': z.strictObject({ name: line, orgName: line, ...told, unsubscribe: token }),
  /** To whoever handed files in by a link and gave this address, which nobody proved. Sizes in bytes. */
  'upload-receipt': z.strictObject({
    orgName: line, at: moment, count: z.string().regex(/^\d{1,9}$/),
    items: z.array(z.strictObject({ title: line, size: z.string().regex(/^\d{1,15}$/), sha256 })).min(1).max(RECEIPT_MOST),
  }),
  'digest': z.strictObject({
    name: line, orgName: line, count: z.string().regex(/^\d{1,9}$/), items: z.array(z.strictObject(told)).min(1).max(DIGEST_MOST), unsubscribe: token,
  }),
} as const

export type MailTemplate = keyof typeof mailData
export const mailTemplates = Object.keys(mailData) as [MailTemplate, ...MailTemplate[]]
export type MailData<T extends MailTemplate> = z.infer<(typeof mailData)[T]>

const mailOf = <T extends MailTemplate>(template: T) => z.strictObject({ to: email, locale, template: z.literal(template), data: mailData[template] })

/** One mail to one person: a known template with exactly its data. */
export const mail = z.discriminatedUnion('template', [
  mailOf('verify-email'), mailOf('account-exists'), mailOf('reset-password'), mailOf('password-changed'), mailOf('new-device'),
  mailOf('second-factor-changed'), mailOf('api-key-created'), mailOf('invitation'), mailOf('account-deleted'), mailOf('org-deletion-scheduled'),
  mailOf('notification'), mailOf('digest'), mailOf('share-code'), mailOf('upload-receipt'),
])
export type Mail = z.infer<typeof mail>
