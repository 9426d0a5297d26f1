import type { Certificate, CertifiedDecision, CertifiedStage } from './certificate.ts'
import { finding, type Finding } from './findings.ts'

type Voices = { readonly approvals: number; readonly rejections: number; /** Asked, and without an answer. */ readonly silent: number }

/** What a stage's rule makes of those who were asked; the rule of the engine that runs it, written once more so that the two can be compared. */
export function outcomeOf(rule: CertifiedStage['rule'], { approvals, rejections, silent }: Voices): 'open' | 'approved' | 'rejected' {
  const people = approvals + rejections + silent
  if (people === 0) return 'open'
  const needed = rule.rule === 'any' ? 1 : rule.rule === 'all' ? people : rule.approvals ?? people
  if ((rule.rule === 'all' || rule.rule === 'veto') && rejections > 0) return 'rejected'
  if (approvals >= needed) return 'approved'
  return rejections > 0 && people - rejections < needed ? 'rejected' : 'open'
}

const byDeadline = { expire: 'expired', reject: 'rejected' } as const

const isIn = ({ key, round }: CertifiedStage) => (asked: Pick<CertifiedDecision, 'stage' | 'round'>): boolean => asked.stage === key && asked.round === round

/** Whether a stage came to what it did by its rule, or by the end of its time. */
function follows(it: Certificate, stage: CertifiedStage): boolean {
  const decided = it.decisions.filter(isIn(stage))
  const unheard = it.unheard.filter(isIn(stage))
  if (stage.outcome === 'skipped') return decided.length + unheard.length === 0
  if (stage.outcome === 'stale') return !unheard.some(({ end }) => end === 'stage')
  const approvals = decided.filter(({ verdict }) => verdict === 'approve').length
  const ruled = outcomeOf(stage.rule, { approvals, rejections: decided.length - approvals, silent: unheard.filter(({ end }) => end === 'stage').length })
  if (ruled === stage.outcome) return true
  const late = stage.atDeadline === null || stage.dueAt === null || Date.parse(stage.dueAt) > Date.parse(stage.closedAt) ? null : byDeadline[stage.atDeadline]
  return ruled === 'open' && stage.outcome === late
}

/** One round of a stage counts at most, and it is the last one. */
const countsRightly = (it: Certificate, stage: CertifiedStage): boolean => {
  const rounds = it.stages.filter(({ key }) => key === stage.key)
  return rounds.filter(({ round }) => round === stage.round).length === 1 && (!stage.counts || rounds.every(({ round }) => round <= stage.round))
}

const place = (stage: string, round: number): string => `${stage}, round ${round}`

/** Whether each stage follows from who was asked in it, and the outcome from the stages. */
export function byOutcome(it: Certificate): Finding[] {
  const wrong = it.stages.filter((stage) => !it.flow.stages.includes(stage.key) || !countsRightly(it, stage) || !follows(it, stage)).map(({ key, round }) => place(key, round))
  const nowhere = [...it.decisions, ...it.unheard].filter((asked) => !it.stages.some((stage) => isIn(stage)(asked))).map(({ stage, round }) => place(stage, round))
  const found = [...new Set([...wrong, ...nowhere])].map((at) => finding('stage.outcome', at))
  return runFollows(it) ? found : [...found, finding('run.outcome')]
}

function runFollows({ run, flow, stages }: Certificate): boolean {
  const counting = stages.filter(({ counts }) => counts)
  if (run.outcome === 'approved') return flow.stages.every((key) => counting.some((stage) => stage.key === key && (stage.outcome === 'approved' || stage.outcome === 'skipped')))
  if (run.outcome === 'rejected' || run.outcome === 'expired') return counting.some(({ outcome }) => outcome === run.outcome)
  return (run.outcome === 'withdrawn') === (run.withdrawnBy !== null)
}
