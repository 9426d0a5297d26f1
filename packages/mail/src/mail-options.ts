import { usersContract } from '@intellidocs/contracts'
import type { SendMailOptions } from 'nodemailer'
import { MailRefusedError, type Mailbox, type Message } from './mail-sender.ts'

const CONTROL = /[\p{Cc}\u2028\u2029]/u
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** An address that can stand between `<` and `>`, in one line. */
const LINK = /^https?:\/\/[!#-;=?-~]{1,2000}$/

/** Longer than any that the templates make. */
const LONGEST_SUBJECT = 1_000

/** Throws `MailRefusedError` unless it is one bare address, as accounts have them. */
function oneAddress(address: string): string {
  const parsed = usersContract.email.safeParse(address)
  // The contract trims: what it would have to mend is not one.
  if (parsed.data !== address.toLowerCase()) throw new MailRefusedError('address')
  return address
}

/** Throws `MailRefusedError` for a sender that could not stand in a header. */
export function checkedMailbox({ name, address }: Mailbox): Mailbox {
  if (name !== null && CONTROL.test(name)) throw new MailRefusedError('name')
  return { name, address: oneAddress(address) }
}

/**
 * What nodemailer is told of a mail: one recipient in the envelope whatever the header says, and nothing that is fetched or read from a file.
 * Throws `MailRefusedError`.
 */
export function mailOptions(from: Mailbox, message: Message): SendMailOptions {
  const to = oneAddress(message.to)
  if (!UUID.test(message.id)) throw new MailRefusedError('id')
  if (CONTROL.test(message.subject) || message.subject.length > LONGEST_SUBJECT) throw new MailRefusedError('subject')
  const { unsubscribe } = message
  if (unsubscribe !== undefined && !LINK.test(unsubscribe)) throw new MailRefusedError('unsubscribe')
  return {
    envelope: { from: from.address, to: [to] },
    // As objects: a string would be read as a list of addresses.
    from: { name: from.name ?? '', address: from.address }, to: { name: '', address: to },
    subject: message.subject, text: message.text, html: message.html,
    messageId: `<${message.id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    // Nobody's absence is announced to a program (RFC 3834).
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(unsubscribe === undefined ? {} : {
        'List-Unsubscribe': { prepared: true, value: `<${unsubscribe}>` }, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      }),
    },
    disableFileAccess: true, disableUrlAccess: true,
  }
}
