import { proxyActivities } from '@temporalio/workflow'

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '1 minute' })

/** The least that a durable run can be. */
export async function empty(): Promise<void> {
  await nothing()
}
