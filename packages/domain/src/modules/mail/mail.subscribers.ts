import type { OrgId } from '@intellidocs/contracts'
import { renderMail, type MailSender } from '@intellidocs/mail'
import { newId, subscriber, systemActor, type NoticeMaker, type RunInTx, type Subscriber } from '@intellidocs/kernel'
import { openLetter } from './mail-queue.ts'
import type { MailRepository } from './mail.repository.ts'

/** The way out of the process that sends. */
export type Postman = { readonly sender: MailSender; readonly publicUrl: string }

type Deps = { runInTx: RunInTx; repository: MailRepository; secretKeys: readonly Buffer[]; postman: Postman | undefined; makeNotice: NoticeMaker }

/** Mails on their way at once. A slow server, or ten thousand mails of one fan-out, leave the other places of the relay to other work. */
const AT_ONCE = 2

/**
 * Sends what was queued, after its commit, and removes it: in the ordinary case once. A process that ends between the two sends a second time what
 * was sent, under the same Message-ID. What fails is tried again and at last parked by the relay, with the reason; its row stays. A notice is made
 * anew for each try: who lost the right to read it meanwhile gets nothing.
 */
export function sendMail({ runInTx, repository, secretKeys, postman, makeNotice }: Deps): Subscriber {
  let sending = 0
  async function send(orgId: OrgId, mailId: string, signal: AbortSignal): Promise<void> {
    if (postman === undefined) throw new Error('this process has no way to send mail and must not run subscribers')
    const system = systemActor(orgId, newId())
    const sealed = await runInTx(system, (tx) => repository.find(tx, mailId), { readOnly: true })
    if (sealed === null) return
    const letter = openLetter(secretKeys, sealed)
    const mail = 'notice' in letter ? await makeNotice(orgId, letter.notice) : letter
    if (mail !== null) await postman.sender.send({ id: mailId, to: mail.to, ...renderMail(mail, postman.publicUrl) }, signal)
    await runInTx(system, (tx) => repository.remove(tx, mailId))
  }
  return subscriber({
    name: 'mail.send',
    events: ['mail.queued.v1'],
    room: async () => AT_ONCE - sending,
    handle: async ({ orgId, payload: { mailId } }, signal) => {
      sending += 1
      try {
        await send(orgId, mailId, signal)
      } finally {
        sending -= 1
      }
    },
  })
}
