import type { OrgId, SoldPlan } from '@intellidocs/contracts'
import type { SubscriptionFacts } from '../entitlements.policy.ts'

/** What the payment service says of a customer now. */
export type Billed = Omit<SubscriptionFacts, 'overrides'> & { readonly subscriptionRef: string }

/**
 * The payment service. Every method goes over the network, so none is called in a transaction; @throws AppError service.unavailable, which can be tried
 * again: what is made is made once.
 */
export type PaymentService = {
  /** The customer that the organization is there. */
  customerOf(orgId: OrgId): Promise<string>
  /** Where somebody begins to pay. */
  checkout(of: { orgId: OrgId; customerRef: string; plan: SoldPlan }): Promise<string>
  portal(customerRef: string): Promise<string>
  /** Another plan of the same subscription: at once, paid by the day, or from the next period on. */
  change(of: { customerRef: string; plan: SoldPlan; when: 'now' | 'next' }): Promise<void>
  /** At the end of what is paid, or not any more; the latter also takes back what was planned for the next period. */
  end(of: { customerRef: string; ends: boolean }): Promise<void>
  /** As it is now, whatever was told of it before; null for somebody who never paid. */
  stateOf(customerRef: string): Promise<Billed | null>
  /** Reads a message that the service sent. @throws AppError billing.signature */
  read(message: { body: Buffer; signature: string; at: Date }): { id: string; customerRef: string | null }
}
