import type { Assignee, FlowSpec, UserId } from '@intellidocs/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { facts, flow, group, stage, user } from './engine.testkit.ts'
import { simulate } from './simulate.ts'
import type { Simulation, SimulatedAnswer } from './types.ts'

const HOUR = 3_600_000
const start = Date.parse('2026-11-23T09:00:00Z')

function resolve(assignee: Assignee): UserId[] {
  if ('user' in assignee) return [assignee.user]
  if ('group' in assignee) return assignee.group === group(1) ? [user(1), user(2)] : []
  if ('role' in assignee) return [user(3)]
  return 'field' in assignee ? [] : [user(9)]
}
const play = (spec: FlowSpec, answers: SimulatedAnswer[] = [], requesterId = user(9)): Simulation => simulate({ spec, facts, startedAt: start, resolve, requesterId, answers })
const hours = (moment: number | null): number | null => (moment === null ? null : (moment - start) / HOUR)
/** `key1 state who@hours`, one a step; ! is an escalation, ~ in place of somebody. */
const lines = ({ steps }: Simulation): string[] => steps.map(({ stage: key, round, state, asked }) =>
  `${key}${round} ${state}${asked.map(({ userId, at, why }) => ` ${Number(userId.slice(-2))}@${hours(at)}${{ asked: '', escalated: '!', moved: '~' }[why]}`).join('')}`)

describe('who is asked when', () => {
  test('whoever says nothing else approves, and nobody is asked twice', () => {
    const end = play(flow([stage('a', { ask: [{ group: group(1) }, { user: user(2) }, { role: 'owner' }] }), stage('b')]))
    expect(lines(end)).toEqual(['a1 approved 1@0 2@0 3@0', 'b1 approved 1@0'])
    expect(end).toMatchObject({ outcome: 'approved', endedAt: start })
  })

  test('who asked is not, under four eyes', () => {
    expect(lines(play(flow([stage('a', { ask: [{ group: group(1) }] })]), [], user(1)))).toEqual(['a1 approved 2@0'])
    expect(lines(play(flow([stage('a', { ask: [{ group: group(1) }, { requester: true }] })], { fourEyes: false }), [], user(1)))).toEqual(['a1 approved 1@0 2@0 9@0'])
  })

  test('where there is nobody, somebody is named by the stage, or is an owner', () => {
    const spec = flow([stage('a', { ask: [{ group: group(2) }], ifAway: { user: user(5) } }), stage('b', { ask: [{ user: user(1) }, { field: 'kind' }] }), stage('c', { ask: [{ user: user(1) }, { field: 'kind' }], ifAway: 'drop' })])
    expect(lines(play(spec))).toEqual(['a1 approved 5@0~', 'b1 approved 1@0 3@0~', 'c1 approved 1@0'])
    expect(play(flow([stage('a', { ask: [{ group: group(2) }] })]), [], user(3)).outcome).toBe('stuck')
  })

  test('reminders and escalations come while nobody answers, until the deadline', () => {
    const spec = flow([stage('a', {
      ask: [{ user: user(1) }], deadline: { workingDays: 5 }, onDeadline: 'expire', reminders: [{ every: { hours: 50 } }],
      escalation: [{ after: { hours: 24 }, to: [{ user: user(2) }], how: 'add' }, { after: { hours: 48 }, to: [{ role: 'owner' }], how: 'replace' }],
    })])
    const end = play(spec, [{ verdict: null }])
    expect(lines(end)).toEqual(['a1 expired 1@0 2@24! 3@48!'])
    expect(end.steps[0]?.reminders.map(hours)).toEqual([50, 100, 150])
    expect([end.outcome, hours(end.endedAt)]).toEqual(['expired', 7 * 24])
  })

  test('an escalation leaves whom it names as well, and everybody where the others would be too few', () => {
    const to = (...people: UserId[]) => people.map((each) => ({ user: each }))
    const asking = (given: object) => flow([stage('a', { ask: to(user(1), user(2), user(4)), ...given })])
    const rung = (...people: UserId[]) => ({ escalation: [{ after: { hours: 1 }, to: to(...people), how: 'replace' as const }] })
    const late: SimulatedAnswer[] = [{ userId: user(5), verdict: 'approve', after: { hours: 1 } }, { verdict: 'approve', after: { hours: 9 } }]
    expect(play(asking({ decide: { rule: 'quorum', approvals: 2 }, ...rung(user(1), user(5)) }), late)).toMatchObject({ outcome: 'approved', steps: [{ asked: [{ verdict: 'approve' }, { verdict: null }, { verdict: null }, { verdict: 'approve' }] }] })
    expect(play(asking({ decide: { rule: 'quorum', approvals: 2 }, ...rung(user(5)) }), late)).toMatchObject({ outcome: 'approved' })
  })

  test('answers come as they are told, and a rejection goes its way', () => {
    const spec = flow([stage('a'), stage('b', { ask: [{ group: group(1) }], decide: { rule: 'any' }, onReject: { back: 'a' } })])
    const end = play(spec, [
      { stage: 'b', round: 1, verdict: 'reject', after: { hours: 2 } }, { stage: 'b', userId: user(1), verdict: null }, { stage: 'b', verdict: 'approve', after: { workingDays: 1 } },
    ])
    expect(lines(end)).toEqual(['a1 approved 1@0', 'b1 rejected 1@0 2@0', 'a2 approved 1@2', 'b2 approved 1@2 2@2'])
    expect(hours(end.endedAt)).toBe(26)
  })

  test('stages that do not apply are said to', () => {
    expect(lines(play(flow([stage('a', { when: { fact: 'pages', above: 3 } }), stage('b')])))).toEqual(['a1 skipped', 'b1 approved 1@0'])
  })
})

describe('how it ends where it does not end well', () => {
  test.each<[string, FlowSpec, SimulatedAnswer[], Simulation['outcome']]>([
    ['rejected', flow([stage('a')]), [{ verdict: 'reject' }], 'rejected'],
    ['nobody answers', flow([stage('a', { reminders: [{ every: { hours: 1 } }] })]), [{ verdict: null }], 'waiting'],
    ['other bytes are wanted', flow([stage('a', { onReject: 'new-version' })]), [{ verdict: 'reject' }], 'version'],
    ['rejections without end have one', flow([stage('a'), stage('b', { onReject: { back: 'a' } })], { maxRounds: 20 }), [{ stage: 'b', verdict: 'reject' }], 'rejected'],
    ['a deadline that rejects', flow([stage('a', { deadline: { hours: 1 }, onDeadline: 'reject' })]), [{ verdict: null }], 'rejected'],
  ])('%s', (_, spec, answers, outcome) => {
    expect(play(spec, answers).outcome).toBe(outcome)
  })

  test('a stage that can ask fewer than it wants is filled up, and is stuck where nobody does that', () => {
    const two = { ask: [{ group: group(1) }], decide: { rule: 'quorum' as const, approvals: 2 } }
    expect(lines(play(flow([stage('a', two)]), [], user(1)))).toEqual(['a1 approved 2@0 3@0~'])
    expect(play(flow([stage('a', { ...two, ifAway: 'drop' })]), [], user(1)).outcome).toBe('stuck')
    const grown = flow([stage('a', { ...two, ifAway: 'drop', escalation: [{ after: { hours: 5 }, to: [{ user: user(5) }], how: 'add' }] })])
    expect(lines(play(grown, [], user(1)))).toEqual(['a1 approved 2@0 5@5!'])
  })

  test('what goes on for very long is cut off', () => {
    const all = Array.from({ length: 20 }, (_, at) => stage(`s${at}`, { reminders: [{ every: { hours: 1 } }], ...(at === 19 ? { onReject: { back: 's0' } } : {}) }))
    const answers = [{ stage: 's19', verdict: 'reject' as const }, { verdict: 'approve' as const, after: { hours: 50 } }]
    expect(play(flow(all, { maxRounds: 2 }), answers).outcome).toBe('rejected')
    expect(play(flow(all, { maxRounds: 20 }), answers).outcome).toBe('cut')
  })

  test('what is too large is cut off', () => {
    const everybody = Array.from({ length: 5000 }, (_, at) => user(at))
    expect(simulate({ spec: flow([stage('a', { ask: [{ group: group(1) }] })]), facts, startedAt: start, resolve: () => everybody, requesterId: user(9), answers: [] }).outcome).toBe('cut')
  })
})

test('a simulation ends in order of time, whatever people answer', () => {
  const answers = fc.array(fc.record({
    stage: fc.constantFrom('a', 'b', 'c', undefined), round: fc.constantFrom(1, 2, undefined), userId: fc.constantFrom(user(1), user(2), undefined),
    verdict: fc.constantFrom('approve' as const, 'reject' as const, null), after: fc.option(fc.record({ hours: fc.integer({ min: 1, max: 100 }) }), { nil: undefined }),
  }), { maxLength: 6 })
  const spec = flow([
    stage('a', { ask: [{ group: group(1) }], decide: { rule: 'quorum', approvals: 1 }, deadline: { hours: 30 }, onDeadline: 'reject' }),
    { parallel: [{ key: 'x', stages: [stage('b', { ask: [{ group: group(1) }], onReject: { back: 'a' }, escalation: [{ after: { hours: 10 }, to: [{ role: 'owner' }], how: 'replace' }] })] }, { key: 'y', stages: [stage('c', { onReject: 'new-version', reminders: [{ every: { hours: 7 } }] })] }] },
  ])
  fc.assert(fc.property(answers, (given) => {
    const { steps, outcome, endedAt } = play(spec, given)
    const moments = steps.map(({ openedAt }) => openedAt)
    expect(moments).toEqual(moments.toSorted((a, b) => a - b))
    for (const { openedAt, closedAt, asked } of steps) {
      if (closedAt !== null) expect(closedAt).toBeGreaterThanOrEqual(openedAt)
      expect(new Set(asked.map(({ userId }) => userId)).size).toBe(asked.length)
    }
    if (endedAt !== null) expect(steps.every(({ closedAt }) => closedAt === null || closedAt <= endedAt)).toBe(true)
    expect(endedAt === null).toBe(['waiting', 'version', 'stuck', 'cut'].includes(outcome))
  }), { numRuns: 300 })
})
