import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { checkedMailbox, mailOptions } from './mail-options.ts'
import { MailSendError, type Mailbox, type MailSender } from './mail-sender.ts'

/**
 * Puts mail into a folder (mode 0700) instead of sending it: `<id>.eml`, mode 0600, whole from the moment it has its name. Ids begin with the
 * time, so names sort by it; a mail that is sent twice is one file.
 */
export function createFolderSender(dir: string, from: Mailbox): MailSender {
  const sender = checkedMailbox(from)
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  return {
    async send(message, signal) {
      signal?.throwIfAborted()
      const composed = await transport.sendMail(mailOptions(sender, message))
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 })
        const unfinished = join(dir, `.${message.id}.tmp`)
        await writeFile(unfinished, composed.message, { mode: 0o600, flush: true })
        await rename(unfinished, join(dir, `${message.id}.eml`))
      } catch (error) {
        throw writeError(error)
      }
    },
  }
}

function writeError(error: unknown): MailSendError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'EWRITE'
  return new MailSendError(code, `${code} in the mail folder`)
}
