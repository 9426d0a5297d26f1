import type { FlowSpec } from '@intellidocs/contracts'
import { holdsFor } from './conditions.ts'
import { backTarget, goesOnAfterReject, isFrom, placedStages } from './stages.ts'
import type { Facts, Move, Opening, PlacedStage, RunView, StageRef, Step, VersionEffect } from './types.ts'

export type AdvanceInput = { readonly spec: FlowSpec; readonly facts: Facts; readonly steps: readonly Step[]; readonly run: RunView }
/** A stage with the step of it that counts. */
type Seen = PlacedStage & { readonly step: Step | undefined }
/** What the way through the stages finds. `through`: nothing on it is open or waits. */
type Way = { readonly open: PlacedStage[]; readonly skip: PlacedStage[]; readonly through: boolean }

const refOf = ({ stage, round }: StageRef): StageRef => ({ stage, round })

function seen(spec: FlowSpec, steps: readonly Step[]): Seen[] {
  const counting = new Map(steps.filter(({ counts }) => counts).map((step) => [step.stage, step]))
  return placedStages(spec).map((place) => ({ ...place, step: counting.get(place.stage.key) }))
}

/** Whether rejections have made as many rounds as there may be. */
const noRoundLeft = ({ spec, steps }: AdvanceInput, places: readonly PlacedStage[]): boolean => {
  const goingOn = new Set(places.filter(({ stage }) => goesOnAfterReject(stage)).map(({ stage }) => stage.key))
  return steps.filter(({ state, stage }) => state === 'rejected' && goingOn.has(stage)).length >= spec.maxRounds
}

function endOf(input: AdvanceInput, places: readonly Seen[]): Move | null {
  const noMore = noRoundLeft(input, places)
  const by = (state: Step['state'], ends: (place: Seen) => boolean): Step | undefined =>
    places.find((place) => place.step?.state === state && ends(place))?.step
  const leadsNowhere = (place: Seen): boolean => place.stage.onReject !== 'new-version' && backTarget(places, place) === undefined
  const rejected = by('rejected', (place) => noMore || leadsNowhere(place))
  if (rejected !== undefined) return { kind: 'end', outcome: 'rejected', by: refOf(rejected) }
  const expired = by('expired', () => true)
  return expired === undefined ? null : { kind: 'end', outcome: 'expired', by: refOf(expired) }
}

/** The rejection that leads back furthest; those it leaves standing come next. */
function turnOf(places: readonly Seen[]): PlacedStage | undefined {
  const targets = places.flatMap((place) => (place.step?.state === 'rejected' ? backTarget(places, place) ?? [] : []))
  return places.find((place) => targets.includes(place))
}

const wantsOthers = ({ stage, step }: Seen): boolean => step?.state === 'rejected' && stage.onReject === 'new-version'

function walk(stages: readonly Seen[], facts: Facts): Way {
  const skip: PlacedStage[] = []
  for (const place of stages) {
    const { step, stage } = place
    if (step === undefined) {
      if (stage.when === undefined || holdsFor(stage.when, facts)) return { open: [place], skip, through: false }
      skip.push(place)
    } else if (step.state !== 'approved' && step.state !== 'skipped') return { open: [], skip, through: false }
  }
  return { open: [], skip, through: true }
}

/** A branch that was begun goes on whatever became of its condition. */
function walkBranch(stages: readonly Seen[], facts: Facts, when: Parameters<typeof holdsFor>[0] | undefined): Way {
  const begun = stages.some(({ step }) => step !== undefined && step.state !== 'skipped')
  if (begun || when === undefined || holdsFor(when, facts)) return walk(stages, facts)
  return { open: [], skip: stages.filter(({ step }) => step === undefined), through: true }
}

function walkAll({ spec, facts }: AdvanceInput, places: readonly Seen[]): Way {
  const skip: PlacedStage[] = []
  for (const [item, entry] of spec.stages.entries()) {
    const here = places.filter((place) => place.item === item)
    const ways = 'parallel' in entry
      ? entry.parallel.map(({ when }, branch) => walkBranch(here.filter((place) => place.branch === branch), facts, when))
      : [walk(here, facts)]
    skip.push(...ways.flatMap((way) => way.skip))
    if (!ways.every(({ through }) => through)) return { open: ways.flatMap((way) => way.open), skip, through: false }
  }
  return { open: [], skip, through: true }
}

/** The step that a stage gets next. A round is never used twice for a stage, and going back begins a new one for all. */
function nextStep({ steps, run }: AdvanceInput, { stage }: PlacedStage, isTurn: boolean): Opening {
  const own = steps.filter((step) => step.stage === stage.key)
  const last = own.reduce<Step | null>((latest, step) => (latest === null || step.round > latest.round ? step : latest), null)
  const now = steps.reduce((highest, { round }) => Math.max(highest, round), 1)
  const asksAgain = last !== null && last.state !== 'skipped' && stage.onNewVersion === 'ask-again' && last.contentSha256 !== run.contentSha256
  return { stage: stage.key, round: Math.max((last?.round ?? 0) + 1, isTurn ? now + 1 : now), again: asksAgain ? last.round : null }
}

/**
 * What a run does next, of its steps alone: the same steps always give the same answer, so that whoever lost their place asks again. Runs whose stages were
 * all skipped end approved. Of several outcomes at once a rejection is the one, then the end of a deadline.
 */
export function advance(input: AdvanceInput): Move {
  const places = seen(input.spec, input.steps)
  const end = endOf(input, places)
  if (end !== null) return end
  const turn = turnOf(places)
  const isVoid = (place: Seen): boolean => place.step !== undefined
    && ((turn !== undefined && isFrom(places, turn, place)) || (wantsOthers(place) && place.step.contentSha256 !== input.run.contentSha256))
  const left = places.map((place) => (isVoid(place) ? { ...place, step: undefined } : place))
  const way = walkAll(input, left)
  const open = way.open.map((place) => nextStep(input, place, turn !== undefined))
  const skip = way.skip.map((place) => refOf(nextStep(input, place, turn !== undefined)))
  const voided = places.flatMap((place) => (place.step !== undefined && isVoid(place) ? [refOf(place.step)] : []))
  if (open.length + skip.length + voided.length > 0) return { kind: 'go', open, skip, void: voided }
  if (way.through) return { kind: 'end', outcome: 'approved', by: null }
  const waiting = left.find(wantsOthers)?.step
  return waiting === undefined ? { kind: 'wait' } : { kind: 'waitForVersion', by: refOf(waiting) }
}

/** By each stage's `onNewVersion`; a stage that was skipped is looked at again unless it keeps. A stage that waits for a version begins by `advance`. */
export function onVersion({ spec, steps, run }: Omit<AdvanceInput, 'facts'>): VersionEffect {
  const places = seen(spec, steps).flatMap(({ step, stage }) => (step === undefined || step.contentSha256 === run.contentSha256 ? [] : [{ step, policy: stage.onNewVersion }]))
  const asked = places.filter(({ step }) => step.state === 'open' || step.state === 'approved')
  if (asked.some(({ policy }) => policy === 'restart')) {
    return { restart: true, void: steps.filter(({ counts }) => counts).map(refOf), keep: [] }
  }
  const again = places.filter(({ step, policy }) => policy !== 'keep' && ['open', 'approved', 'skipped'].includes(step.state))
  return { restart: false, void: again.map(({ step }) => refOf(step)), keep: asked.filter(({ policy, step }) => policy === 'keep' && step.state === 'open').map(({ step }) => refOf(step)) }
}
