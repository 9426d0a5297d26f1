import type { FlowStage, UserId, Verdict } from '@intellidocs/contracts'
import { advance } from './advance.ts'
import { addDuration } from './calendar.ts'
import { approvalsNeeded, evaluate, isShort, needsEach } from './rules.ts'
import { MAX_STAGES, placedStages } from './stages.ts'
import { nextMoment, timetable } from './timetable.ts'
import type { Done, Moment, Opening, Simulation, SimulatedAnswer, SimulatedReason, SimulatedStep, SimulationInput, StageRef, StepState, Task, Timetable } from './types.ts'

/** Tasks, after which a simulation is cut off: what it costs grows with their square. */
const MAX_TASKS = 1000
/** The same for all that happens in it, a step counting for many: it has a timetable of its own. */
const MAX_EFFORT = 4000
const EFFORT_OF_STEP = 20
/** The document of a simulation never changes. */
const SAME_BYTES = ''

type PlayedTask = {
  readonly userId: UserId; readonly at: number; readonly why: SimulatedReason
  /** What they will say, and when. */
  readonly answer: { readonly at: number; readonly verdict: Verdict } | null
  verdict: Verdict | null; decidedAt: number | null; closed: boolean
}
type PlayedStep = StageRef & {
  readonly stage: string; readonly of: FlowStage; readonly openedAt: number; readonly times: Timetable; readonly tasks: PlayedTask[]; readonly reminders: number[]
  state: StepState; counts: boolean; closedAt: number | null; done: Done
}
type Play = { readonly input: SimulationInput; readonly stages: ReadonlyMap<string, FlowStage>; readonly steps: PlayedStep[]; now: number; tasks: number; effort: number }
type Happening = { readonly at: number; readonly step: PlayedStep; readonly what: Moment | PlayedTask }

function answerTo({ input, now }: Play, at: StageRef, userId: UserId): PlayedTask['answer'] {
  const fits = ({ stage, round, userId: by }: SimulatedAnswer): boolean =>
    (stage ?? at.stage) === at.stage && (round ?? at.round) === at.round && (by ?? userId) === userId
  const { verdict, after } = input.answers.find(fits) ?? { verdict: 'approve', after: undefined }
  return verdict === null ? null : { verdict, at: after === undefined ? now : addDuration(input.spec.calendar, now, after) }
}

type Asking = { readonly people: readonly UserId[]; readonly why: SimulatedReason }

/** Asks whoever is not asked yet, and may be. */
function ask(play: Play, step: PlayedStep, { people, why }: Asking): void {
  const asked = voicesOf(step)
  for (const userId of new Set(people)) {
    if (asked.has(userId) || isRequester(play, userId)) continue
    step.tasks.push({ userId, at: play.now, why, answer: answerTo(play, step, userId), verdict: null, decidedAt: null, closed: false })
    play.tasks += 1
  }
}
const voicesOf = (step: PlayedStep): Set<UserId> => new Set(step.tasks.filter(({ closed }) => !closed).map(({ userId }) => userId))
const isRequester = ({ input: { spec, requesterId } }: Play, userId: UserId): boolean => spec.fourEyes && userId === requesterId

/**
 * Those a stage asks, and in place of each of them who is nobody, or where they are fewer than it wants, whoever it names for that, or else an owner. False where that does
 * not do.
 */
function askFirst(play: Play, step: PlayedStep): boolean {
  const { resolve } = play.input
  const { ask: wanted, ifAway } = step.of
  ask(play, step, { people: wanted.flatMap(resolve), why: 'asked' })
  const away = ifAway === 'drop' ? [] : wanted.filter((assignee) => !('group' in assignee || 'role' in assignee) && resolve(assignee).length === 0)
  const least = ifAway === 'drop' ? 1 : approvalsNeeded(step.of.decide, 1)
  const gaps = Math.max(away.length, least - step.tasks.length)
  const others = [...(ifAway === undefined || ifAway === 'drop' ? [] : resolve(ifAway)), ...resolve({ role: 'owner' })]
  for (let gap = 0; gap < gaps; gap += 1) {
    const voices = voicesOf(step)
    const other = others.find((userId) => !voices.has(userId) && !isRequester(play, userId))
    if (other !== undefined) ask(play, step, { people: [other], why: 'moved' })
    else if (gap < away.length && needsEach(step.of.decide)) return false
  }
  return step.tasks.length > 0 && !isStuck(step)
}

/** Fewer are asked than it wants, and nobody is added any more. */
const isStuck = ({ of, tasks, times, done }: PlayedStep): boolean =>
  isShort(of.decide, tasks.filter(({ closed }) => !closed).length) && times.escalations.every(({ index }) => done.escalated.includes(index))

function begin(play: Play, { stage, round }: StageRef, state: 'open' | 'skipped'): PlayedStep | null {
  const of = play.stages.get(stage)
  if (of === undefined) return null
  const times = timetable(of, play.now, play.input.spec.calendar)
  const step: PlayedStep = {
    stage, round, of, state, counts: true, openedAt: play.now, closedAt: state === 'open' ? null : play.now, times, tasks: [], reminders: [],
    done: { remindedUntil: null, escalated: [] },
  }
  play.steps.push(step)
  play.effort += EFFORT_OF_STEP
  return step
}

function close(step: PlayedStep, state: StepState, at: number): void {
  step.state = state
  step.closedAt = at
}

/** False when it cannot ask those whom its rule needs. */
function open(play: Play, opening: Opening): boolean {
  const step = begin(play, opening, 'open')
  if (step === null) return false
  return askFirst(play, step)
}

const tasksOf = (step: PlayedStep): Task[] => step.tasks.map(({ closed, verdict }) => {
  if (closed) return { state: 'closed' }
  return verdict === null ? { state: 'open' } : { state: 'decided', verdict }
})

function happeningsOf(step: PlayedStep, now: number): Happening[] {
  const moment = nextMoment(step.times, now, step.done)
  const answers = step.tasks.filter(({ closed, verdict, answer }) => !closed && verdict === null && answer !== null)
  return [
    ...answers.map((task) => ({ at: task.answer?.at ?? now, step, what: task })),
    ...(moment === null ? [] : [{ at: moment.at, step, what: moment }]),
  ]
}

function happen(play: Play, { step, what, at }: Happening): void {
  play.now = Math.max(play.now, at)
  if ('userId' in what) {
    what.verdict = what.answer?.verdict ?? null
    what.decidedAt = play.now
    const outcome = evaluate(step.of.decide, tasksOf(step))
    if (outcome !== 'open') close(step, outcome, play.now)
  } else if (what.kind === 'deadline') close(step, what.does === 'expire' ? 'expired' : 'rejected', play.now)
  else if (what.kind === 'remind') {
    step.done = { ...step.done, remindedUntil: what.until }
    step.reminders.push(play.now)
  } else {
    step.done = { ...step.done, escalated: [...step.done.escalated, what.index] }
    const rung = step.of.escalation[what.index]
    if (rung === undefined) return
    const people = rung.to.flatMap(play.input.resolve)
    const before = step.tasks.filter(({ closed, verdict, userId }) => !closed && verdict === null && !people.includes(userId))
    const voices = voicesOf(step).size
    ask(play, step, { people, why: 'escalated' })
    // Nobody is left without a successor: where the rung adds nobody, or too few, those before stay.
    const now = voicesOf(step).size
    if (rung.how === 'replace' && now > voices && !isShort(step.of.decide, now - before.length)) for (const task of before) task.closed = true
  }
}

/** The next thing that happens while steps are open; null when nothing ever does. */
function nextOf(play: Play): Happening | null {
  let first: Happening | null = null
  for (const step of play.steps) {
    if (step.state !== 'open') continue
    for (const happening of happeningsOf(step, play.now)) if (first === null || happening.at < first.at) first = happening
  }
  return first
}

/** One move. The outcome once there is one. */
function move(play: Play): Simulation['outcome'] | null {
  play.effort += 1
  if (play.tasks > MAX_TASKS || play.effort > MAX_EFFORT) return 'cut'
  const { spec, facts } = play.input
  const steps = play.steps.map(({ stage, round, state, counts, openedAt }) => ({ stage, round, state, counts, openedAt, contentSha256: SAME_BYTES }))
  const next = advance({ spec, facts, steps, run: { contentSha256: SAME_BYTES } })
  if (next.kind === 'end') return next.outcome
  if (next.kind === 'go') {
    for (const step of play.steps.filter((played) => next.void.some(({ stage, round }) => stage === played.stage && round === played.round))) {
      step.counts = false
      if (step.state === 'open') close(step, 'stale', play.now)
    }
    for (const ref of next.skip) begin(play, ref, 'skipped')
    return next.open.map((opening) => open(play, opening)).includes(false) ? 'stuck' : null
  }
  if (play.steps.some((step) => step.state === 'open' && isStuck(step))) return 'stuck'
  const happening = nextOf(play)
  if (happening === null) return next.kind === 'wait' ? 'waiting' : 'version'
  happen(play, happening)
  return null
}

function shown({ of, stage, round, state, openedAt, closedAt, times, tasks, reminders }: PlayedStep): SimulatedStep {
  return {
    stage, round, name: of.name, state, openedAt, closedAt, dueAt: state === 'skipped' ? null : times.dueAt, reminders,
    asked: tasks.map(({ userId, at, why, verdict, decidedAt }) => ({ userId, at, why, verdict, decidedAt })),
  }
}

/**
 * Plays a flow on a document that stays as it is, with people who answer as told: who is asked when, and how it ends. Ends for any valid definition,
 * also for one that cannot work.
 */
export function simulate(input: SimulationInput): Simulation {
  const places = placedStages(input.spec)
  const play: Play = { input, stages: new Map(places.map(({ stage }) => [stage.key, stage])), steps: [], now: input.startedAt, tasks: 0, effort: 0 }
  if (places.length > MAX_STAGES) return { steps: [], outcome: 'cut', endedAt: null }
  let outcome = move(play)
  while (outcome === null) outcome = move(play)
  return { steps: play.steps.map(shown), outcome, endedAt: outcome === 'approved' || outcome === 'rejected' || outcome === 'expired' ? play.now : null }
}
