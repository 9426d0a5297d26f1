import { Context } from '@temporalio/activity'
import type { ChecksService } from '../checks/checks.service.ts'
import type { CheckActivities } from './activities.types.ts'

/** Steps of one activity, so that a large installation does not fill a run's history. */
const STEPS = 50

export const createCheckActivities = ({ checks }: { checks: Pick<ChecksService, 'step'> }): CheckActivities => ({
  async checkInstallation(id) {
    const context = Context.current()
    const beat = (): void => {
      context.heartbeat()
      if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason
    }
    for (let step = 0; step < STEPS; step += 1) {
      beat()
      if ((await checks.step(id, beat)).done) return { done: true }
    }
    return { done: false }
  },
})
