import { renderMail, type MailSender } from '@intellidocs/mail'
import { newId, subscriber, systemActor, type RunInTx, type Subscriber } from '@intellidocs/kernel'
import { openMail } from './mail-queue.ts'
import type { MailRepository } from './mail.repository.ts'

/** The way out of the process that sends. */
export type Postman = { readonly sender: MailSender; readonly publicUrl: string }

type Deps = { runInTx: RunInTx; repository: MailRepository; secretKeys: readonly Buffer[]; postman: Postman | undefined }

/**
 * Sends what was queued, after its commit, and removes it: in the ordinary case once. A process that ends between the two sends a second time what
 * was sent, under the same Message-ID. What fails is tried again and at last parked by the relay, with the reason; its row stays.
 */
export const sendMail = ({ runInTx, repository, secretKeys, postman }: Deps): Subscriber => subscriber({
  name: 'mail.send',
  events: ['mail.queued.v1'],
  handle: async ({ orgId, payload: { mailId } }, signal) => {
    if (postman === undefined) throw new Error('this process has no way to send mail and must not run subscribers')
    const system = systemActor(orgId, newId())
    const sealed = await runInTx(system, (tx) => repository.find(tx, mailId), { readOnly: true })
    if (sealed === null) return
    const mail = openMail(secretKeys, sealed)
    await postman.sender.send({ id: mailId, to: mail.to, ...renderMail(mail, postman.publicUrl) }, signal)
    await runInTx(system, (tx) => repository.remove(tx, mailId))
  },
})
