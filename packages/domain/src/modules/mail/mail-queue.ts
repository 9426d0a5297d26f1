import { mailContract, userId, type Mail } from '@intellidocs/contracts'
import {
  AppError, decryptSecret, encryptSecret, inputIssues, newId, type Actor, type MailQueue, type Notice, type NoticeQueue, type Outbox, type Tx,
} from '@intellidocs/kernel'
import { z } from 'zod'
import type { MailRepository } from './mail.repository.ts'

/** Part of the key that mail is sealed with; changing it makes mail that waits unreadable. */
const PURPOSE = 'mail'

const notice = z.strictObject({ userId, noticeId: z.uuid() })
const letter = z.union([mailContract.mail, z.strictObject({ notice })])
/** What waits: a mail, or what a mail is to be made of. */
type Letter = Mail | { readonly notice: Notice }

type Deps = { outbox: Outbox; repository: MailRepository; secretKey: Buffer }

/** Event and row in the caller's transaction. The row is sealed, because it holds addresses and one-time tokens; the event has the mail's id alone. */
async function queue({ outbox, repository, secretKey }: Deps, tx: Tx, { actor, letter: said }: { actor: Actor; letter: Letter }): Promise<void> {
  const id = newId()
  const sealed = new Uint8Array(encryptSecret(secretKey, PURPOSE, Buffer.from(JSON.stringify(said), 'utf8')))
  await repository.insert(tx, { id, orgId: actor.orgId, sealed })
  // Whatever the mail tells of has an audit row of its own.
  await outbox.append(tx, actor, { type: 'mail.queued.v1', payload: { mailId: id }, audit: false })
}

export function createMailQueue(deps: Deps): MailQueue {
  return {
    async enqueue(tx, actor, mail) {
      const parsed = mailContract.mail.safeParse(mail)
      if (!parsed.success) throw new AppError('input.invalid', { details: { issues: inputIssues(parsed.error) } })
      await queue(deps, tx, { actor, letter: parsed.data })
    },
  }
}

export const createNoticeQueue = (deps: Deps): NoticeQueue => ({
  enqueue: (tx, actor, { userId: to, noticeId }) => queue(deps, tx, { actor, letter: { notice: { userId: to, noticeId } } }),
})

/** Throws when none of the keys opens it, or when it was written by a version that knew other templates. */
export function openLetter(secretKeys: readonly Buffer[], sealed: Uint8Array): Letter {
  return letter.parse(JSON.parse(decryptSecret(secretKeys, PURPOSE, sealed).toString('utf8')))
}
