import type { Actor, Forgetting, Forgotten, Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { countOfSender, forgetSenderOf } from '../tags.repository.ts'

/**
 * Takes whoever sent a document by an upload request out of its fields `sender_name` and `sender_email`, in the caller's unit, whether it is in the trash or not; the pseudonym
 * stands there as the name. What a legal hold is on stays as it is.
 */
export async function forgetSender(deps: DocumentsDeps, tx: Tx, { actor, ...of }: Forgetting & { readonly actor: Actor }): Promise<Forgotten> {
  const changed = await forgetSenderOf(tx, actor.orgId, { ...of, at: deps.clock.now() })
  const fields = ['sender_name', 'sender_email']
  for (const documentId of changed) {
    await deps.outbox.append(tx, actor, {
      type: 'documents.metadata-changed.v1', documentId, payload: { documentId, changed: fields },
      audit: { subjectType: 'document', subjectId: documentId, data: { forgotten: of.pseudonym, changed: fields } },
    })
  }
  return { changed: changed.length, held: await countOfSender(tx, actor.orgId, of.email) }
}
