import { mailContract, userId, type Mail } from '@intellidocs/contracts'
import {
  AppError, decryptSecret, encryptSecret, inputIssues, newId, type MailQueue, type Notice, type NoticeQueue, type Outbox,
} from '@intellidocs/kernel'
import { z } from 'zod'
import type { MailRepository } from './mail.repository.ts'

/** Part of the key that mail is sealed with; changing it makes mail that waits unreadable. */
const PURPOSE = 'mail'

const notice = z.strictObject({ userId, noticeId: z.uuid() })
const letter = z.union([mailContract.mail, z.strictObject({ notice })])
/** What waits: a mail, or what a mail is to be made of. */
type Letter = Mail | { readonly notice: Notice }

/** What tells of mail that waits; each has a subscriber of its own. */
export type MailEvent = 'mail.queued.v1' | 'mail.digest-queued.v1'

type Deps = { outbox: Outbox; repository: MailRepository; secretKey: Buffer }

/** Sealed, because it holds addresses and one-time tokens. */
const seal = (secretKey: Buffer, said: Letter): Uint8Array<ArrayBuffer> => new Uint8Array(encryptSecret(secretKey, PURPOSE, Buffer.from(JSON.stringify(said), 'utf8')))

/** The event has the mail's id alone; whatever the mail tells of has an audit row of its own. */
const queued = (mailId: string, type: MailEvent = 'mail.queued.v1') => ({ type, payload: { mailId }, audit: false } as const)

/** Event and row in the caller's transaction. */
export function createMailQueue({ outbox, repository, secretKey }: Deps): MailQueue {
  return {
    async enqueue(tx, actor, mail) {
      const parsed = mailContract.mail.safeParse(mail)
      if (!parsed.success) throw new AppError('input.invalid', { details: { issues: inputIssues(parsed.error) } })
      const id = newId()
      await repository.insert(tx, actor.orgId, [{ id, sealed: seal(secretKey, parsed.data) }])
      await outbox.append(tx, actor, queued(id))
    },
  }
}

export function createNoticeQueue({ outbox, repository, secretKey }: Deps): NoticeQueue {
  const enqueue = (type: MailEvent): NoticeQueue['enqueue'] => async (tx, actor, notices) => {
    if (notices.length === 0) return
    const mails = notices.map(({ userId: to, noticeId }) => ({ id: newId(), sealed: seal(secretKey, { notice: { userId: to, noticeId } }) }))
    await repository.insert(tx, actor.orgId, mails)
    await outbox.appendAll(tx, actor, mails.map(({ id }) => queued(id, type)))
  }
  return { enqueue: enqueue('mail.queued.v1'), enqueueDigests: enqueue('mail.digest-queued.v1') }
}

/** Throws when none of the keys opens it, or when it was written by a version that knew other templates. */
export function openLetter(secretKeys: readonly Buffer[], sealed: Uint8Array): Letter {
  return letter.parse(JSON.parse(decryptSecret(secretKeys, PURPOSE, sealed).toString('utf8')))
}
