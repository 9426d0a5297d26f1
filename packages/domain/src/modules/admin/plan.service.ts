import type { OrgId, PlanName, PlanOverrides, subscriptionsContract } from '@intellidocs/contracts'
import { platformActor, recordAudit, type Person } from '@intellidocs/kernel'
import type { z } from 'zod'
import type { OrgsAdministration } from '../orgs/index.ts'
import type { AdminUnit } from './admin.unit.ts'

type Current = z.infer<typeof subscriptionsContract.current.output>
type Wanted = { readonly id: OrgId; readonly plan: PlanName; readonly overrides: PlanOverrides; readonly reason: string }
export type PlanDeps = {
  unit: AdminUnit; orgs: Pick<OrgsAdministration, 'get'>
  setPlan: (by: Person, input: { orgId: OrgId; plan: PlanName; overrides: PlanOverrides }) => Promise<Current>
  /** Throws what `setPlan` would refuse with, and changes nothing. */
  mayBeGiven: (by: Person, orgId: OrgId) => Promise<void>
}

/**
 * Gives an organization a plan. The installation's row is written first, and only of what is not refused; the organization's own with the change: cut off
 * between the two, it is done again. `admin.org_not_found`, `billing.provider`.
 */
export const createPlanSetting = ({ unit, orgs, setPlan, mayBeGiven }: PlanDeps) => async (person: Person, { id, plan, overrides, reason }: Wanted): Promise<Current> => {
  await unit.look((tx) => orgs.get(tx, id))
  await mayBeGiven(person, id)
  await unit.act(person, ({ tx }) =>
    recordAudit(tx, platformActor(person), { action: 'admin.org-plan-set', subjectType: 'org', subjectId: id, data: { plan, overrides, reason } }))
  return setPlan(person, { orgId: id, plan, overrides })
}
