import type { CertificateActivities } from '../certificates/certificates.activities.ts'
import type { Progress, Recorded, RunKey } from '../runs.types.ts'

/** What the workflow calls. Each is one transaction or several of its own, safe to run twice, also at once: the rows say what is still to be done. */
export type ApprovalActivities = CertificateActivities & {
  /** Does all that is to be done now, and says when to look again. */
  advanceRun(run: RunKey): Promise<Progress>
  recordDecision(run: RunKey, decisionId: string): Promise<Recorded>
  /** Does what the end of the run does. */
  runEffects(run: RunKey): Promise<void>
}

export type DigestActivities = {
  /** Tells people of their overdue tasks, once a day each. */
  tellOverdue(): Promise<number>
}
