import type { OrgId } from '@intellidocs/contracts'
import { newId, subscriber, systemActor, type Subscriber } from '@intellidocs/kernel'
import type { BilledOrg } from './billing.repository.ts'
import { syncCustomer, type BillingDeps } from './billing.service.ts'
import type { PaymentService } from './billing.types.ts'

/** Gives notice for an organization that is being deleted, or takes that notice back; what the customer decided before is left as it was. */
async function settle(deps: BillingDeps, payments: PaymentService, { orgId, customerRef, deleting, endsWithOrg }: BilledOrg & { orgId: OrgId; customerRef: string }): Promise<void> {
  const note = (ends: boolean) => deps.runInTx(systemActor(orgId, newId()), (tx) => deps.billing.noteEnd(tx, orgId, ends))
  if (!deleting && !endsWithOrg) return
  const billed = await payments.stateOf(customerRef)
  const live = billed !== null && billed.status !== 'ended'
  if (deleting) {
    if (!live || (!endsWithOrg && billed.nextPlan === 'free')) return
    // Noted first: cut off behind this, notice is given again, and never taken for the customer's own.
    await note(true)
  }
  if (live) {
    await payments.end({ customerRef, ends: deleting })
    await syncCustomer(deps, { orgId, customerRef }, null)
  }
  if (!deleting) await note(false)
}

/** Nobody goes on paying for an organization that was deleted. By what the organization is now, whichever of the events came first or came twice. */
export const followDeletion = (deps: BillingDeps): Subscriber => subscriber({
  name: 'subscriptions.follow-deletion',
  events: ['orgs.deleted.v1', 'orgs.undeleted.v1'],
  handle: async ({ orgId }) => {
    const { payments } = deps
    if (payments === null) return
    const look = () => deps.runInTx(systemActor(orgId, newId()), (tx) => deps.billing.billedOrg(tx, orgId), { readOnly: true })
    for (let org = await look(), before: boolean | null = null; org !== null && org.customerRef !== null && org.deleting !== before; org = await look()) {
      // Looked at again afterwards: what was asked last is to be what the organization became meanwhile.
      before = org.deleting
      await settle(deps, payments, { ...org, orgId, customerRef: org.customerRef })
    }
  },
})
