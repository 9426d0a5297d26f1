import type { DecisionRule } from '@intellidocs/contracts'
import type { RuleOutcome, Task } from './types.ts'

/** As many as one stage asks, at most: what is asked of each of them is written in one transaction. */
export const MAX_PEOPLE = 1_000

/**
 * What the tasks of a stage come to. More decisions never turn an outcome into another one. A rule that wants more approvals than people are left stays open until a
 * rejection settles it: approvals alone reject nothing. See `isShort`. Nobody asked is no outcome.
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
  return rejections > 0 && counted.length - rejections < needed ? 'rejected' : 'open'
}

/** Whether so few are asked that they cannot bring the approvals together, whatever they say: somebody has to be added. */
export const isShort = (decide: DecisionRule, people: number): boolean => approvalsNeeded(decide, people) > people

/** Whether the word of each one who is asked can turn the outcome, so that nobody may leave the count unless somebody takes their place. */
export const needsEach = ({ rule }: DecisionRule): boolean => rule === 'all' || rule === 'veto'

/** How many of `people` have to approve. */
export function approvalsNeeded(decide: DecisionRule, people: number): number {
  switch (decide.rule) {
    case 'all': return people
    case 'any': return 1
    case 'quorum': return decide.approvals
    case 'veto': return decide.approvals ?? people
  }
}
