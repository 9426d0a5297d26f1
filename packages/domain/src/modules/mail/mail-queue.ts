import { mailContract, type Mail } from '@intellidocs/contracts'
import { AppError, decryptSecret, encryptSecret, inputIssues, newId, type MailQueue, type Outbox } from '@intellidocs/kernel'
import type { MailRepository } from './mail.repository.ts'

/** Part of the key that mail is sealed with; changing it makes mail that waits unreadable. */
const PURPOSE = 'mail'

/** Event and row in the caller's transaction. The row is sealed, because it holds addresses and one-time tokens; the event has the mail's id alone. */
export function createMailQueue({ outbox, repository, secretKey }: { outbox: Outbox; repository: MailRepository; secretKey: Buffer }): MailQueue {
  return {
    async enqueue(tx, actor, mail) {
      const parsed = mailContract.mail.safeParse(mail)
      if (!parsed.success) throw new AppError('input.invalid', { details: { issues: inputIssues(parsed.error) } })
      const id = newId()
      const sealed = new Uint8Array(encryptSecret(secretKey, PURPOSE, Buffer.from(JSON.stringify(parsed.data), 'utf8')))
      await repository.insert(tx, { id, orgId: actor.orgId, sealed })
      // Whatever the mail tells of has an audit row of its own.
      await outbox.append(tx, actor, { type: 'mail.queued.v1', payload: { mailId: id }, audit: false })
    },
  }
}

/** Throws when none of the keys opens it, or when it was written by a version that knew other templates. */
export function openMail(secretKeys: readonly Buffer[], sealed: Uint8Array): Mail {
  return mailContract.mail.parse(JSON.parse(decryptSecret(secretKeys, PURPOSE, sealed).toString('utf8')))
}
