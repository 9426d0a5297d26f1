import type { OrgId } from '@intellidocs/contracts'

/** The organization that ends; ids only, this is what travels through Temporal. */
export type PurgeRef = { readonly orgId: OrgId }

/** `waiting`: its time comes in so many milliseconds, or a hold stands and it is looked again then. `due`: it has come. `over`: it was undeleted, or nothing is left of it. */
export type PurgeState = { readonly kind: 'waiting'; readonly ms: number } | { readonly kind: 'due' } | { readonly kind: 'over' }

/** How the module reaches Temporal. Only the worker has one; in other processes subscribers never run. */
export type PurgeGateway = {
  /** Starts the run that waits and purges; one that is open counts as success. */
  start(ref: PurgeRef): Promise<void>
  /** Asks the run to stop; one that is over or was never started counts as success. */
  cancel(ref: PurgeRef): Promise<void>
}

export const purgeRunId = ({ orgId }: PurgeRef): string => `org-purge/${orgId}`
