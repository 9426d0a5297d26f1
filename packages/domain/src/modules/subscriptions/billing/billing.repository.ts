import type { OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { Billed } from './billing.types.ts'

export type Customer = { readonly orgId: OrgId; readonly customerRef: string }
/** What is paid for, and whether its organization is being deleted; `endsWithOrg`: notice was given for that. */
export type BilledOrg = { readonly customerRef: string | null; readonly deleting: boolean; readonly endsWithOrg: boolean }

/** In a unit of the organization, except the last two. */
export const billingRepository = {
  async customerRef(tx: Tx, orgId: OrgId): Promise<string | null> {
    const [row] = await tx.$queryRaw<{ ref: string | null }[]>`select customer_ref as ref from subscription where org_id = ${orgId}::uuid`
    return row?.ref ?? null
  },
  /** One for ever, also when two find it at once. */
  async keepCustomer(tx: Tx, { orgId, customerRef }: Customer, plan: string): Promise<void> {
    await tx.$executeRaw`
      insert into subscription (org_id, plan, customer_ref) values (${orgId}::uuid, ${plan}, ${customerRef})
      on conflict (org_id) do update set customer_ref = excluded.customer_ref where subscription.customer_ref is null`
  },
  /** The number of whoever is going to look the customer up. Null: the event was worked through before. */
  async ticket(tx: Tx, orgId: OrgId, eventId: string | null): Promise<bigint | null> {
    const [row] = await tx.$queryRaw<{ asked: bigint }[]>`
      update subscription set asked = asked + 1 where org_id = ${orgId}::uuid
        and not exists (select from billing_event e where e.org_id = ${orgId}::uuid and e.id = ${eventId}) returning asked`
    return row?.asked ?? null
  },
  async noteEvent(tx: Tx, { orgId, eventId, at }: { orgId: OrgId; eventId: string; at: Date }): Promise<void> {
    await tx.$executeRaw`insert into billing_event (org_id, id, at) values (${orgId}::uuid, ${eventId}, ${at}::timestamptz) on conflict do nothing`
  },
  /**
   * Under the lock of the plan. False: somebody who looked later has written, or it is the end of what was paid for before an administrator gave another plan.
   * What was agreed on one plan does not go with another, bought one. Who owes has owed since the first bill: a later one gives no new grace.
   */
  async keep(tx: Tx, orgId: OrgId, { billed, ticket, at }: { billed: Billed; ticket: bigint; at: Date }): Promise<boolean> {
    const changed = await tx.$executeRaw`
      update subscription set plan = ${billed.plan}, status = ${billed.status}, provider = 'stripe',
        overrides = case when provider = 'manual' or plan <> ${billed.plan} then '{}'::jsonb else overrides end, next_plan = ${billed.nextPlan},
        period_ends_at = ${billed.periodEndsAt}::timestamptz, trial_ends_at = ${billed.trialEndsAt}::timestamptz,
        past_due_since = case when provider = 'stripe' and status = 'past_due' and ${billed.status} = 'past_due'
          then least(past_due_since, ${billed.pastDueSince}::timestamptz) else ${billed.pastDueSince}::timestamptz end,
        subscription_ref = ${billed.subscriptionRef}, told = ${ticket}::bigint, updated_at = ${at}::timestamptz
      where org_id = ${orgId}::uuid and told < ${ticket}::bigint and not (provider = 'manual' and ${billed.status} = 'ended')`
    return changed === 1
  },
  async billedOrg(tx: Tx, orgId: OrgId): Promise<BilledOrg | null> {
    const [row] = await tx.$queryRaw<BilledOrg[]>`
      select s.customer_ref as "customerRef", o.status = 'deleting' as deleting, s.ends_with_org as "endsWithOrg"
      from subscription s join org o on o.id = s.org_id where s.org_id = ${orgId}::uuid`
    return row ?? null
  },
  async noteEnd(tx: Tx, orgId: OrgId, ends: boolean): Promise<void> {
    await tx.$executeRaw`update subscription set ends_with_org = ${ends}::boolean where org_id = ${orgId}::uuid`
  },
  /** System unit. */
  async orgOf(tx: Tx, customerRef: string): Promise<OrgId | null> {
    const [row] = await tx.$queryRaw<{ org: OrgId }[]>`select org_id::text as org from subscription where customer_ref = ${customerRef}`
    return row?.org ?? null
  },
  /**
   * System unit: whose period or trial is over by what was told, and who owes; then those who were sent to pay and of whom nothing was ever told. Those that
   * nobody has looked up longest come first.
   */
  due(tx: Tx, { at, before, limit }: { at: Date; before: Date; limit: number }): Promise<Customer[]> {
    return tx.$queryRaw<Customer[]>`
      select org_id::text as "orgId", customer_ref as "customerRef" from subscription
      where customer_ref is not null and updated_at < ${before}::timestamptz and ((provider = 'manual' and told = 0)
        or (provider = 'stripe' and status <> 'ended' and (status = 'past_due' or period_ends_at <= ${at}::timestamptz or trial_ends_at <= ${at}::timestamptz)))
      order by provider = 'manual', updated_at limit ${limit}::int`
  },
  /** Whatever comes of the look, others are looked up before it comes to this one again. */
  async noteLook(tx: Tx, orgId: OrgId, at: Date): Promise<void> {
    await tx.$executeRaw`update subscription set updated_at = ${at}::timestamptz where org_id = ${orgId}::uuid`
  },
}

export type BillingRepository = typeof billingRepository
