import { meters, type subscriptionsContract } from '@intellidocs/contracts'
import type { z } from 'zod'
import type { PlanUse } from './analytics.deps.ts'

/** What `subscriptions` tells of its plan, a line a meter. */
export const planUseOf = ({ plan, meters: used }: z.infer<typeof subscriptionsContract.usage.output>): PlanUse =>
  ({ plan, lines: meters.map((meter) => ({ meter, used: used[meter].used, limit: used[meter].limit })) })
