import type { WebhookEndpointId } from '@intellidocs/contracts'
import type { Egress } from '@intellidocs/egress'
import type { Clock, Log, MemberActor, Outbox, Places, QuotaGate, Read, RunAsSystem, RunInTx, FeatureSwitches } from '@intellidocs/kernel'
import type { DeliveriesRepository } from './deliveries.repository.ts'
import type { EndpointsRepository } from './endpoints.repository.ts'
import type { OverdueRepository } from './overdue.repository.ts'
import type { WebhookGateway } from './webhooks.types.ts'

export type WebhooksDeps = {
  readonly runInTx: RunInTx
  readonly runAsSystem: RunAsSystem
  readonly read: Read
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Log
  readonly egress: Egress
  readonly quota: QuotaGate
  readonly switches: FeatureSwitches
  readonly memberActor: MemberActor
  /** 32 bytes; seals the secrets of endpoints. */
  readonly secretKey: Buffer
  /** That one first, and those that open what they sealed before the key was changed. */
  readonly secretKeys: readonly [Buffer, ...Buffer[]]
  readonly endpoints: EndpointsRepository
  readonly deliveries: DeliveriesRepository
  readonly overdue: OverdueRepository
  /** Absent in processes that do not run subscribers. */
  readonly gateway: WebhookGateway | undefined
  /** Of endpoints whose last try failed, or that were slow, only so many are sent to at once, so that those that hang leave room for those that do not. */
  readonly suspects: Places
  /** Of one organization. */
  readonly places: Places
  /** Endpoints that took long for their last answer, as this process saw it, and how long that is. */
  readonly slow: Set<WebhookEndpointId>
  readonly slowMs: number
  /** From 0 to 1, for what is spread. */
  readonly random: () => number
}
