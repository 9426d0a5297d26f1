import { isDeepStrictEqual } from 'node:util'
import type { FlowSpec, FlowSpecInput } from '@intellidocs/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { advance, onVersion } from './advance.ts'
import { facts, flow, stage } from './engine.testkit.ts'
import { evaluate } from './rules.ts'
import { placedStages } from './stages.ts'
import type { Move, Step, StepState, Task } from './types.ts'

/** A run as rows, driven as the product drives it: changed only by what the engine answers, by decisions, deadlines and versions. */
type Row = { stage: string; round: number; state: StepState; counts: boolean; contentSha256: string; tasks: Task[] }
type World = { readonly spec: FlowSpec; readonly rows: Row[]; version: number; outcome: string | null; tagged: boolean }
type Act = { readonly do: 'decide' | 'deadline' | 'version' | 'tag'; readonly at: number; readonly approve: boolean }

const PEOPLE = 3

/** Asked many thousand times: an `expect` each would be most of what the test does. */
function must(holds_: boolean, what: string): void {
  if (!holds_) throw new Error(`it does not hold that ${what}`)
}
const bytes = ({ version }: World): string => `version ${version}`
const stepsOf = (world: World): Step[] => world.rows.map(({ tasks: _, ...row }) => ({ ...row, openedAt: 0 }))
const view = (world: World): Parameters<typeof advance>[0] =>
  ({ spec: world.spec, facts: { ...facts, tags: world.tagged ? ['big'] : [] }, steps: stepsOf(world), run: { contentSha256: bytes(world) } })
const rowOf = (world: World, ref: { stage: string; round: number }): Row => {
  const row = world.rows.find(({ stage: key, round }) => key === ref.stage && round === ref.round)
  if (row === undefined) throw new Error(`a step ${ref.stage}${ref.round} that is not there`)
  return row
}

function endStep(row: Row, state: StepState): void {
  must(row.state === 'open', 'a step ends once')
  row.state = state
  row.tasks = row.tasks.map((task) => (task.state === 'open' ? { state: 'closed' } : task))
}

function stop(row: Row): void {
  must(row.counts, 'a step stops counting once')
  row.counts = false
  if (row.state === 'open') endStep(row, 'stale')
}

function write(world: World, move: Extract<Move, { kind: 'go' }>): void {
  for (const ref of move.void) stop(rowOf(world, ref))
  for (const [refs, state] of [[move.open, 'open'], [move.skip, 'skipped']] as const) {
    for (const { stage: key, round } of refs) {
      must(!world.rows.some((row) => row.stage === key && (row.counts || row.round >= round)), 'a stage is opened once in a round, and only when nothing of it counts')
      world.rows.push({ stage: key, round, state, counts: true, contentSha256: bytes(world), tasks: state === 'open' ? Array.from({ length: PEOPLE }, () => ({ state: 'open' as const })) : [] })
    }
  }
}

const wantsOthers = (world: World, { state, counts, contentSha256 }: Row): boolean => state === 'rejected' && counts && contentSha256 === bytes(world)

/** Until somebody has to do something. The same rows in another order are asked for the same. */
function settle(world: World): Move {
  for (let moves = 0; moves < 50; moves += 1) {
    const asked = view(world)
    const move = advance(asked)
    must(isDeepStrictEqual(advance({ ...asked, steps: asked.steps.toReversed() }), move), 'the same rows are answered the same')
    if (move.kind === 'end') world.outcome ??= move.outcome
    if (move.kind === 'wait') must(world.rows.some(({ state }) => state === 'open'), 'somebody is asked while a run waits')
    if (move.kind === 'waitForVersion') must(wantsOthers(world, rowOf(world, move.by)), 'a run waits for other bytes only after a rejection of these')
    if (move.kind !== 'go') return move
    write(world, move)
  }
  throw new Error('the engine goes on without anybody')
}

function newVersion(world: World): void {
  world.version += 1
  const effect = onVersion(view(world))
  for (const ref of effect.void) stop(rowOf(world, ref))
  for (const ref of effect.keep) rowOf(world, ref).contentSha256 = bytes(world)
}

function act(world: World, { do: what, at, approve }: Act): void {
  const open = world.rows.filter(({ state }) => state === 'open')
  const row = open[at % Math.max(open.length, 1)]
  const place = placedStages(world.spec).find(({ stage: { key } }) => key === row?.stage)
  if (what === 'version') newVersion(world)
  if (what === 'tag') world.tagged = !world.tagged
  if (row === undefined || place === undefined) return
  if (what === 'deadline' && place.stage.onDeadline !== 'wait') endStep(row, place.stage.onDeadline === 'expire' ? 'expired' : 'rejected')
  if (what !== 'decide') return
  const undecided = row.tasks.findIndex(({ state }) => state === 'open')
  must(undecided >= 0, 'an open step has an open task')
  row.tasks[undecided] = { state: 'decided', verdict: approve ? 'approve' : 'reject' }
  const outcome = evaluate(place.stage.decide, row.tasks)
  if (outcome !== 'open') endStep(row, outcome)
}

function holds(world: World): void {
  const counting = world.rows.filter(({ counts }) => counts)
  must(new Set(counting.map(({ stage: key }) => key)).size === counting.length, 'one step of a stage counts')
  must(counting.every(({ state }) => state !== 'stale'), 'what counts is not stale')
  must(world.rows.every(({ state, tasks }) => (state === 'open') === tasks.some((task) => task.state === 'open')), 'tasks are open as long as their step is')
}

/** Approved is what each stage approved, or passed over, and about the bytes that there are unless the stage keeps. */
function approvedRightly(world: World): void {
  const places = placedStages(world.spec)
  for (const { stage: { key, onNewVersion } } of places) {
    const row = world.rows.find(({ stage: of, counts }) => of === key && counts)
    expect(['approved', 'skipped']).toContain(row?.state)
    if (onNewVersion !== 'keep') expect(row?.contentSha256).toBe(bytes(world))
  }
}

const rules = fc.oneof(fc.constantFrom({ rule: 'all' as const }, { rule: 'any' as const }, { rule: 'veto' as const }), fc.record({ rule: fc.constantFrom('quorum' as const, 'veto' as const), approvals: fc.integer({ min: 1, max: PEOPLE }) }))
const drawn = fc.record({
  decide: rules, onReject: fc.constantFrom('end' as const, 'new-version' as const, 'back' as const), back: fc.nat(), onNewVersion: fc.constantFrom('keep' as const, 'ask-again' as const, 'restart' as const),
  onDeadline: fc.constantFrom('wait' as const, 'expire' as const, 'reject' as const), when: fc.boolean(),
})
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never
const shapes = fc.array(fc.oneof(drawn, fc.array(fc.array(drawn, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 3 })), { minLength: 1, maxLength: 3 })
const big = { fact: 'tag', is: 'big' } as const

/** Stages are named by their place; one that goes back goes to any that lies before it. */
function specOf(shape: readonly (Drawn | Drawn[][])[], maxRounds: number): FlowSpec {
  const named = (one: Drawn, key: string, before: readonly string[]) => stage(key, {
    decide: one.decide, onNewVersion: one.onNewVersion, ...(one.when ? { when: big } : {}), onReject: one.onReject !== 'back' ? one.onReject : before.length === 0 ? 'end' : { back: before[one.back % before.length] ?? '' },
    ...(one.onDeadline === 'wait' || (one.onDeadline === 'reject' && one.onReject === 'back') ? {} : { deadline: { hours: 1 }, onDeadline: one.onDeadline }),
  })
  const before: string[] = []
  const stages = shape.map((item, at): FlowSpecInput['stages'][number] => {
    if (!Array.isArray(item)) {
      const made = named(item, `s${at}`, before)
      before.push(`s${at}`)
      return made
    }
    const branches = item.map((branch, index) => {
      const inside: string[] = []
      const made = branch.map((one, place) => {
        const next = named(one, `s${at}-${index}-${place}`, [...before, ...inside])
        inside.push(next.key)
        return next
      })
      return { key: `b${index}`, stages: made, inside, ...(branch[0]?.when === true ? { when: big } : {}) }
    })
    before.push(...branches.flatMap(({ inside }) => inside))
    return { parallel: branches.map(({ inside: _, ...branch }) => branch) }
  })
  return flow(stages, { maxRounds })
}

const acts = fc.array(fc.record({
  do: fc.oneof({ arbitrary: fc.constant('decide' as const), weight: 8 }, fc.constantFrom('deadline' as const, 'version' as const, 'tag' as const)), at: fc.nat(), approve: fc.boolean(),
}), { maxLength: 60 })

test('whatever happens in whatever order, a run has one outcome, loses no task, counts no approval of other bytes, and ends', () => {
  const ended = new Map<string, number>()
  fc.assert(fc.property(shapes, fc.integer({ min: 1, max: 4 }), acts, fc.array(fc.boolean(), { minLength: 1 }), fc.boolean(), (shape, maxRounds, happens, answers, tagged) => {
    const world: World = { spec: specOf(shape, maxRounds), rows: [], version: 1, outcome: null, tagged }
    let move = settle(world)
    for (const happening of happens) {
      if (move.kind === 'end') break
      act(world, happening)
      move = settle(world)
      holds(world)
    }
    // From here everybody answers, and whoever is asked for other bytes brings them.
    const most = 3 + (maxRounds + world.version + 1) * placedStages(world.spec).length * (PEOPLE + 1)
    for (let turn = 0; move.kind !== 'end'; turn += 1) {
      must(turn < most, 'a run ends')
      if (world.rows.some(({ state }) => state === 'open')) act(world, { do: 'decide', at: turn, approve: answers[turn % answers.length] ?? true })
      else act(world, { do: 'version', at: 0, approve: true })
      move = settle(world)
      holds(world)
    }
    expect(settle(world)).toEqual(move)
    if (move.outcome === 'approved') approvedRightly(world)
    if (move.outcome !== 'approved') expect(move.by).not.toBe(null)
    expect(world.outcome).toBe(move.outcome)
    ended.set(move.outcome, (ended.get(move.outcome) ?? 0) + 1)
  }), { numRuns: 1500 })
  expect([...ended.keys()].toSorted()).toEqual(['approved', 'expired', 'rejected'])
})
