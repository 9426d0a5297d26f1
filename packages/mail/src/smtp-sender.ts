import { createTransport } from 'nodemailer'
import { checkedMailbox, mailOptions } from './mail-options.ts'
import { MailSendError, type Mailbox, type MailSender } from './mail-sender.ts'

export type SmtpSettings = {
  readonly host: string
  readonly port: number
  /** TLS from the first byte. Otherwise STARTTLS where the server offers it, and always before a password. */
  readonly secure: boolean
  readonly login: { readonly user: string; readonly password: string } | null
}

/** Each step's limit, milliseconds: together less than the minute that the relay gives a delivery. */
const TIMEOUTS = { dnsTimeout: 5_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }

const OF_THE_MAIL: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE'])

/** Sends by SMTP, a connection a mail. A password never goes over a line in the clear: without STARTTLS, or with a certificate of nobody, nothing is sent. */
export function createSmtpSender({ host, port, secure, login }: SmtpSettings, from: Mailbox): MailSender {
  const sender = checkedMailbox(from)
  const transport = createTransport({
    host, port, secure, requireTLS: login !== null && !secure, ...TIMEOUTS,
    ...(login === null ? {} : { auth: { user: login.user, pass: login.password } }),
  })
  return {
    async send(message, signal) {
      const options = mailOptions(sender, message)
      try {
        await transport.sendMail(signal === undefined ? options : { ...options, signal })
      } catch (error) {
        throw sendError(error)
      }
    },
  }
}

function sendError(error: unknown): MailSendError {
  const told = (name: string): unknown => (error instanceof Error ? Object.getOwnPropertyDescriptor(error, name)?.value : undefined)
  const [code, command, answer] = [told('code'), told('command'), told('responseCode')]
  const known = typeof code === 'string' ? code : 'EMAIL'
  const after = typeof command === 'string' && /^[A-Z ]{1,20}$/.test(command) ? ` after ${command}` : ''
  // By RFC 5321 an answer from 500 on is for good. One about the login is not about the mail.
  const refused = OF_THE_MAIL.has(known) && typeof answer === 'number' && answer >= 500
  return new MailSendError(known, `${known}${after}${typeof answer === 'number' ? `, the server answered ${answer}` : ''}`, { refused })
}
