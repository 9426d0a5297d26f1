import { roles, rolePermissions, type Meter, type QuotaRefusal } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'
import { readOnlyFrom, resetsAt, type Entitlements, type Limit, type SubscriptionFacts } from './entitlements.policy.ts'

/** Built-in roles: an organization's own ones, and who holds which, are not everybody's to know. */
export const askRoles = roles.filter((role) => rolePermissions[role].includes('billing:manage'))

/** A limit that an organization has. */
export type Held = { readonly entitlements: Pick<Entitlements, 'plan'>; readonly meter: Meter; readonly limit: Limit }

export function exceeded({ entitlements, meter, limit }: Held, { at, used }: { readonly at: Date; readonly used: number }): AppError {
  const details: QuotaRefusal = {
    meter, used, limit: limit.limit, plan: entitlements.plan, resetsAt: resetsAt(meter, at)?.toISOString() ?? null, askRoles,
  }
  return new AppError('quota.exceeded', { details })
}

/** Throws `plan.read_only` while the plan takes no changes: why, since when, and which roles can end that. */
export function mustTakeChanges({ readOnly, plan }: Entitlements, facts: SubscriptionFacts | null): void {
  if (!readOnly || facts === null) return
  throw new AppError('plan.read_only', { details: { reason: 'payment_overdue', plan, since: readOnlyFrom(facts)?.toISOString() ?? null, askRoles } })
}
