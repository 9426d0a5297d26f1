import type { OrgId, WebhookEndpointId } from '@intellidocs/contracts'

/** An endpoint whose deliveries are due; ids only, this is what travels through Temporal. */
export type WebhookRef = { readonly orgId: OrgId; readonly endpointId: WebhookEndpointId }

/** When to look again, in milliseconds from now; null when nothing waits. */
export type Rest = { readonly nextInMs: number | null }

/** How the module reaches Temporal. Only the worker has one; in other processes subscribers never run. */
export type WebhookGateway = {
  /** Starts the run that sends to the endpoint, or tells the one there is that something came. */
  wake(ref: WebhookRef): Promise<void>
}

/** What the workflow calls. */
export type WebhookActivities = {
  /** Sends what is due, for a while. Safe to run twice, also at once: what one has taken the other leaves. */
  deliverDue(ref: WebhookRef): Promise<Rest>
}

/** Of the activities alone; the runs live on `flow`. */
export const NOTIFY_QUEUE = 'notify'

export const webhookRunId = ({ endpointId }: WebhookRef): string => `webhooks/${endpointId}`
