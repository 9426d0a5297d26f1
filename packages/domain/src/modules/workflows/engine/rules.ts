import type { DecisionRule } from '@intellidocs/contracts'
import type { RuleOutcome, Task } from './types.ts'

/**
 * What the tasks of a stage come to. More decisions never turn an outcome into another one. A rule that wants more approvals than people are left stays open
 * while somebody may be added, and is rejected once a rejection settles that, or nobody is left to answer. Nobody asked is no outcome.
 */
export function evaluate(decide: DecisionRule, tasks: readonly Task[]): RuleOutcome {
  const counted = tasks.filter(({ state }) => state !== 'closed')
  const said = (wanted: 'approve' | 'reject'): number => counted.filter((task) => task.state === 'decided' && task.verdict === wanted).length
  const [approvals, rejections] = [said('approve'), said('reject')]
  if (counted.length === 0) return 'open'
  const needed = approvalsNeeded(decide, counted.length)
  const oneEndsIt = decide.rule === 'all' || decide.rule === 'veto'
  if (oneEndsIt && rejections > 0) return 'rejected'
  if (approvals >= needed) return 'approved'
  if (approvals + rejections === counted.length) return 'rejected'
  return rejections > 0 && counted.length - rejections < needed ? 'rejected' : 'open'
}

/** How many of `people` have to approve. */
export function approvalsNeeded(decide: DecisionRule, people: number): number {
  switch (decide.rule) {
    case 'all': return people
    case 'any': return 1
    case 'quorum': return decide.approvals
    case 'veto': return decide.approvals ?? people
  }
}
