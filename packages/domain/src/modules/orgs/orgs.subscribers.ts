import { newId, subscriber, systemActor, type RunInTx, type Subscriber } from '@intellidocs/kernel'
import type { PurgeRepository } from './purge.repository.ts'
import type { PurgeGateway } from './purge.types.ts'

export type SubscribersDeps = { runInTx: RunInTx; repository: Pick<PurgeRepository, 'state'>; purge: PurgeGateway | undefined }

/**
 * Keeps the run that ends an organization as the organization's row wants it, whichever of the events came first or came twice. Every process lists
 * it, so that deliveries are written for it; only the worker, which has a gateway, is handed any.
 */
export const followDeletion = ({ runInTx, repository, purge }: SubscribersDeps): Subscriber => subscriber({
  name: 'orgs.follow-deletion',
  events: ['orgs.deleted.v1', 'orgs.undeleted.v1'],
  handle: async ({ orgId }) => {
    if (purge === undefined) throw new Error('this process has no way to Temporal and must not run subscribers')
    const { kind } = await runInTx(systemActor(orgId, newId()), (tx) => repository.state(tx, orgId), { readOnly: true })
    if (kind === 'over') await purge.cancel({ orgId })
    else await purge.start({ orgId })
  },
})
