import type { Mail, OrgId } from '@intellidocs/contracts'
import { MailSendError, renderMail, type MailSender } from '@intellidocs/mail'
import { createRoom, newId, subscriber, systemActor, within, type Clock, type NoticeMaker, type RunInTx, type Subscriber } from '@intellidocs/kernel'
import { openLetter, type MailEvent } from './mail-queue.ts'
import type { MailRepository } from './mail.repository.ts'

/** The way out of the process that sends. */
export type Postman = { readonly sender: MailSender; readonly publicUrl: string }

type Deps = {
  runInTx: RunInTx; clock: Clock; repository: MailRepository; secretKeys: readonly Buffer[]; postman: Postman | undefined; makeNotice: NoticeMaker
}

/** Mails on their way at once. A slow server, or ten thousand mails of one fan-out, leave the other places of the relay to other work. */
const AT_ONCE = 2
/** Of these; the relay takes an organization's oldest first, so without a place of its own an urgent mail would wait for a morning's digests. */
const DIGESTS_AT_ONCE = 1
/** About one an hour, for longer than the seven days that a mail is kept: what is gone by then is not tried again. */
const TRIES = 250

/** A server that is away comes back. One that refuses a mail refuses it again, and what cannot be opened wants an operator. */
const isPatient = (error: unknown): boolean => error instanceof MailSendError && !error.refused

const [SEND, SEND_DIGEST] = ['mail.send', 'mail.send-digest'] as const
export const mailSubscribers: readonly string[] = [SEND, SEND_DIGEST]

/**
 * They send what was queued, after its commit, and remove it: in the ordinary case once. A process that ends between the two sends a second time what
 * was sent, under the same Message-ID. What fails is tried again as long as its row is there; what is refused
 * is parked by the relay in the end, with the reason. A notice is made anew for each try: who lost the right to
 * read it meanwhile gets nothing.
 */
export function createMailSubscribers(deps: Deps): Subscriber[] {
  const [all, digests] = [createRoom(AT_ONCE), createRoom(DIGESTS_AT_ONCE)]
  const sending = (name: string, type: MailEvent): Subscriber => subscriber({
    name, events: [type], maxAttempts: TRIES, isPatient, handle: ({ orgId, payload: { mailId } }, signal) => send(deps, { orgId, mailId }, signal),
  })
  return [within([all], sending(SEND, 'mail.queued.v1')), within([all, digests], sending(SEND_DIGEST, 'mail.digest-queued.v1'))]
}

async function send({ runInTx, clock, repository, secretKeys, postman, makeNotice }: Deps, { orgId, mailId }: { orgId: OrgId; mailId: string }, signal: AbortSignal): Promise<void> {
  if (postman === undefined) throw new Error('this process has no way to send mail and must not run subscribers')
  const system = systemActor(orgId, newId())
  const sealed = await runInTx(system, (tx) => repository.find(tx, mailId), { readOnly: true })
  if (sealed === null) return
  const letter = openLetter(secretKeys, sealed)
  const mail = 'notice' in letter ? await makeNotice(orgId, letter.notice) : letter
  if (mail !== null && !isOver(mail, clock.now())) await postman.sender.send({ id: mailId, to: mail.to, ...renderMail(mail, postman.publicUrl) }, signal)
  // Should the disk not have it in the end, the delivery is there, too, and comes again.
  await runInTx(system, (tx) => repository.remove(tx, mailId), { lazy: true })
}

/** Its link leads nowhere any more; whoever asked for it has asked again. */
const isOver = ({ data }: Mail, now: Date): boolean => 'expiresAt' in data && new Date(data.expiresAt) <= now
