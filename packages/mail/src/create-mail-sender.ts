import { createFolderSender } from './folder-sender.ts'
import type { Mailbox, MailSender } from './mail-sender.ts'
import { createSmtpSender, type SmtpSettings } from './smtp-sender.ts'

export type MailSettings = { readonly from: Mailbox } & (
  { readonly kind: 'folder'; readonly dir: string } | ({ readonly kind: 'smtp' } & SmtpSettings)
)

/** The way out that the configuration names. Connects to nothing before the first mail. */
export function createMailSender(settings: MailSettings): MailSender {
  return settings.kind === 'folder' ? createFolderSender(settings.dir, settings.from) : createSmtpSender(settings, settings.from)
}
