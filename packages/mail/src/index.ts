export { createMailSender, type MailSettings } from './create-mail-sender.ts'
export { MailRefusedError, MailSendError, type Mailbox, type MailSender, type Message } from './mail-sender.ts'
export { renderMail, type RenderedMail } from './render-mail.ts'
