import { createEgress, type Egress } from '@intellidocs/egress'
import { allOn, createPlaces, type Clock, type FeatureSwitches, type Log, type MemberActor, type Outbox, type QuotaGate, type Read, type RunAsSystem, type RunInTx } from '@intellidocs/kernel'
import { deliveriesRepository } from './deliveries.repository.ts'
import { createDeliveriesService } from './deliveries.service.ts'
import { endpointsRepository } from './endpoints.repository.ts'
import { createEndpointsService } from './endpoints.service.ts'
import { overdueRepository } from './overdue.repository.ts'
import { sealedSecrets } from './sealed-secrets.ts'
import { administerWebhooks } from './use-cases/administer-webhooks.ts'
import { deliverDue } from './use-cases/deliver-due.ts'
import { removeOldDeliveries, wakeOverdue } from './use-cases/wake-overdue.ts'
import type { WebhooksDeps } from './webhooks.deps.ts'
import { createWebhooksRouter } from './webhooks.router.ts'
import { createWebhooksSubscribers } from './webhooks.subscribers.ts'
import type { Rest, WebhookGateway, WebhookRef } from './webhooks.types.ts'

/** Of the 500 that a worker sends to at once (`webhookSlots` in its `workers.ts`). */
const [SUSPECTS_AT_ONCE, OF_ONE_ORG_AT_ONCE] = [100, 20]
const SLOW_MS = 2_000

export type WebhooksModuleDeps = {
  readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly read: Read; readonly outbox: Outbox; readonly clock: Clock; readonly log: Log
  readonly memberActor: MemberActor
  readonly quota: QuotaGate
  /** Absent: nothing is switched off. */
  readonly switches?: FeatureSwitches
  /** 32 bytes. */
  readonly secretKey: Buffer
  readonly oldSecretKeys?: readonly Buffer[]
  /** Absent: one that reaches public addresses alone. */
  readonly egress?: Egress
  /** The worker's; absent in the others, which never run subscribers. */
  readonly webhooks?: WebhookGateway
  readonly random?: () => number
  /** Endpoints whose last try failed or was slow that are sent to at once; 100 when absent. */
  readonly suspectsAtOnce?: number
  /** Endpoints of one organization that are sent to at once; 20 when absent. */
  readonly ofOneOrgAtOnce?: number
  /** From when on an answer is slow; 2 s when absent. */
  readonly slowMs?: number
}

/** Tells programs elsewhere what happens, by HTTP. */
export function createWebhooksModule({
  oldSecretKeys = [], egress = createEgress(), webhooks, random = Math.random, switches = allOn, suspectsAtOnce = SUSPECTS_AT_ONCE, ofOneOrgAtOnce = OF_ONE_ORG_AT_ONCE, slowMs = SLOW_MS,
  ...given
}: WebhooksModuleDeps) {
  const deps: WebhooksDeps = {
    ...given, egress, random, switches, gateway: webhooks, secretKeys: [given.secretKey, ...oldSecretKeys], endpoints: endpointsRepository, deliveries: deliveriesRepository,
    overdue: overdueRepository, suspects: createPlaces(suspectsAtOnce), places: createPlaces(ofOneOrgAtOnce), slow: new Set(), slowMs,
  }
  const [endpoints, deliveries] = [createEndpointsService(deps), createDeliveriesService(deps)]
  return {
    name: 'webhooks',
    routers: { webhooks: createWebhooksRouter({ endpoints, deliveries }) },
    subscribers: createWebhooksSubscribers(deps),
    endpoints, deliveries,
    /** For a change of the secret key. */
    sealed: sealedSecrets(deps),
    /** For the administrators of the installation. */
    administration: administerWebhooks(deps, deliveries),
    /** What the worker's activity is made of. See `use-cases/deliver-due.ts`. */
    deliverDue: (ref: WebhookRef, signal: AbortSignal): Promise<Rest> => deliverDue(deps, ref, signal),
    /** Called by the worker now and then. See `use-cases/wake-overdue.ts`. */
    wakeOverdue: (gateway: WebhookGateway, signal: AbortSignal): Promise<number> => wakeOverdue(deps, gateway, signal),
    removeOldDeliveries: (signal: AbortSignal): Promise<number> => removeOldDeliveries(deps, signal),
  } as const
}

export type WebhooksModule = ReturnType<typeof createWebhooksModule>
