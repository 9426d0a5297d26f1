import type { FlowId, FlowSpec } from '@intellidocs/contracts'
import { describe, expect, test } from 'vitest'
import { checkSpec } from './check-spec.ts'
import { flow, folder, group, known, stage, user } from './engine.testkit.ts'
import type { SpecFacts } from './types.ts'

const self = '00000004-0000-4000-8000-000000000001' as FlowId
const other = '00000004-0000-4000-8000-000000000002' as FlowId
const third = '00000004-0000-4000-8000-000000000003' as FlowId
const asks = (...ask: FlowSpec['stages'][number] extends infer S ? S extends { ask: infer A } ? A extends (infer One)[] ? One[] : never : never : never) => ({ ask })
const never = { all: [{ fact: 'pages' as const, above: 5 }, { fact: 'pages' as const, below: 3 }] }
const big = { fact: 'pages' as const, above: 5 }
const small = { fact: 'pages' as const, below: 3 }

const places = (spec: FlowSpec, facts: SpecFacts = known): string[] => checkSpec(spec, facts).map(({ path }) => path)

test('what can work has no fault', () => {
  expect(checkSpec(flow([
    stage('a', { ...asks({ group: group(1) }, { role: 'owner' }), decide: { rule: 'quorum', approvals: 3 }, deadline: { workingDays: 3 }, reminders: [{ before: { workingDays: 1 } }, { every: { hours: 24 } }], onDeadline: 'expire' }),
    { parallel: [{ key: 'left', when: { fact: 'metadata.amount', above: 1000 }, stages: [stage('p', { onReject: { back: 'a' } })] }, { key: 'right', stages: [stage('x', asks({ field: 'kind' })), stage('y', { onReject: { back: 'x' } })] }] },
  ], {
    trigger: { on: 'uploaded', folderId: folder(1), when: { fact: 'folder', is: folder(1) } }, delegation: { allowed: true, to: [{ group: group(1) }] },
    effects: { approved: [{ do: 'move', folderId: null }, { do: 'tag', add: ['done'] }, { do: 'set', metadata: { status: 'done' } }, { do: 'share', with: { org: true }, level: 'view' }, { do: 'hook', name: 'paid' }] },
  }), known)).toEqual([])
})

describe('a fault has its place', () => {
  test.each<[string, FlowSpec, string[]]>([
    ['a key of two stages', flow([stage('a'), stage('b'), stage('a')]), ['stages.2.key']],
    ['a key of stages in and out of branches', flow([stage('a'), { parallel: [{ key: 'x', stages: [stage('b')] }, { key: 'y', stages: [stage('a')] }] }]), ['stages.1.parallel.1.stages.0.key']],
    ['a key of two branches', flow([{ parallel: [{ key: 'x', stages: [stage('a')] }, { key: 'x', stages: [stage('b')] }] }]), ['stages.0.parallel.1.key']],
    ['back to a stage that is not there', flow([stage('a', { onReject: { back: 'z' } })]), ['stages.0.onReject.back']],
    ['back to itself', flow([stage('a', { onReject: { back: 'a' } })]), ['stages.0.onReject.back']],
    ['back to a later stage', flow([stage('a', { onReject: { back: 'b' } }), stage('b')]), ['stages.0.onReject.back']],
    ['back into another branch', flow([{ parallel: [{ key: 'x', stages: [stage('a')] }, { key: 'y', stages: [stage('b', { onReject: { back: 'a' } })] }] }]), ['stages.0.parallel.1.stages.0.onReject.back']],
    ['back with one round', flow([stage('a'), stage('b', { onReject: { back: 'a' } })], { maxRounds: 1 }), ['stages.1.onReject']],
    ['a cycle without anybody', flow([stage('a'), stage('b', { onReject: { back: 'a' }, deadline: { hours: 1 }, onDeadline: 'reject' })]), ['stages.1.onDeadline']],
    ['a quorum over the size of the group', flow([stage('a', { ...asks({ group: group(1) }), decide: { rule: 'quorum', approvals: 3 } })]), ['stages.0.decide.approvals']],
    ['a quorum that counts somebody twice', flow([stage('a', { ...asks({ group: group(1) }, { user: user(1) }, { user: user(2) }), decide: { rule: 'quorum', approvals: 3 } })]), ['stages.0.decide.approvals']],
    ['a veto over their number', flow([stage('a', { decide: { rule: 'veto', approvals: 2 } })]), ['stages.0.decide.approvals']],
    ['a quorum that one of them may not help to, as they asked', flow([stage('a', { ...asks({ group: group(1) }), decide: { rule: 'quorum', approvals: 2 }, ifAway: 'drop' })]), ['stages.0.decide.approvals']],
    ['an escalation that leaves too few', flow([stage('a', { ...asks({ group: group(1) }), decide: { rule: 'quorum', approvals: 2 }, escalation: [{ after: { hours: 1 }, to: [{ user: user(3) }], how: 'replace' }, { after: { hours: 2 }, to: [{ user: user(3) }], how: 'add' }] })]), ['stages.0.escalation.0.to']],
    ['an empty group', flow([stage('a', asks({ group: group(2) }))]), ['stages.0.ask.0.group']],
    ['an unknown group', flow([stage('a', asks({ user: user(1) }, { group: group(9) }))]), ['stages.0.ask.1.group']],
    ['an unknown user', flow([stage('a', asks({ user: user(9) }))]), ['stages.0.ask.0.user']],
    ['a user who may not decide', flow([stage('a', asks({ user: user(4) }))], { effects: { approved: [{ do: 'share', with: { user: user(4) }, level: 'view' }] } }), ['stages.0.ask.0.user']],
    ['a role that nobody holds', flow([stage('a', asks({ role: 'guest' }))]), ['stages.0.ask.0.role']],
    ['a field that no document has', flow([stage('a', asks({ field: 'manager' }))]), ['stages.0.ask.0.field']],
    ['the requester under four eyes', flow([stage('a', asks({ requester: true }))]), ['stages.0.ask.0.requester']],
    ['whom an escalation asks', flow([stage('a', { escalation: [{ after: { hours: 1 }, to: [{ user: user(1) }, { group: group(9) }], how: 'add' }] })]), ['stages.0.escalation.0.to.1.group']],
    ['whom a task falls to', flow([stage('a', { ifAway: { group: group(2) } })]), ['stages.0.ifAway.group']],
    ['whom tasks may be handed to', flow([stage('a')], { delegation: { to: [{ user: user(9) }] } }), ['delegation.to.0.user']],
    ['a condition that never holds', flow([stage('a', { when: never }), stage('b')]), ['stages.0.when']],
    ['a branch that is never reached', flow([{ parallel: [{ key: 'x', when: never, stages: [stage('a')] }, { key: 'y', stages: [stage('b', { when: never })] }] }]), ['stages.0.parallel.0.when', 'stages.0.parallel.1.stages.0.when']],
    ['a stage against its branch', flow([{ parallel: [{ key: 'x', when: big, stages: [stage('a', { when: small })] }, { key: 'y', stages: [stage('b')] }] }]), ['stages.0.parallel.0.stages.0.when']],
    ['a trigger that never holds', flow([stage('a')], { trigger: { on: 'ready', when: never } }), ['trigger.when']],
    ['an unknown field in a condition', flow([stage('a', { when: { any: [big, { not: { fact: 'metadata.nothing', exists: true } }] } })]), ['stages.0.when.any.1.not.fact']],
    ['an unknown folder in a condition', flow([stage('a', { when: { fact: 'folder', oneOf: [folder(1), folder(9)] } })]), ['stages.0.when']],
    ['an unknown folder of the trigger', flow([stage('a')], { trigger: { on: 'uploaded', folderId: folder(9) } }), ['trigger.folderId']],
    ['a reminder before no deadline', flow([stage('a', { reminders: [{ every: { hours: 1 } }, { before: { hours: 1 } }] })]), ['stages.0.reminders.1.before']],
    ['a reminder before the stage', flow([stage('a', { deadline: { workingDays: 2 }, reminders: [{ before: { workingDays: 2 } }] })]), ['stages.0.reminders.0.before']],
    ['what an ended stage never comes to', flow([stage('a', { deadline: { hours: 2 }, onDeadline: 'expire', reminders: [{ every: { hours: 2 } }], escalation: [{ after: { hours: 3 }, to: [{ user: user(1) }], how: 'add' }] })]), ['stages.0.reminders.0.every', 'stages.0.escalation.0.after']],
    ['the end of no deadline', flow([stage('a', { onDeadline: 'expire' })]), ['stages.0.onDeadline']],
    ['effects on what is not there', flow([stage('a')], {
      effects: { approved: [{ do: 'move', folderId: folder(9) }, { do: 'share', with: { user: user(9) }, level: 'view' }], rejected: [{ do: 'share', with: { group: group(9) }, level: 'view' }], expired: [{ do: 'start', flowId: other }] },
    }), ['effects.approved.0.folderId', 'effects.approved.1.with.user', 'effects.rejected.0.with.group', 'effects.expired.0.flowId']],
    ['effects that change nothing', flow([stage('a')], { effects: { approved: [{ do: 'tag' }, { do: 'set', metadata: {} }, { do: 'tag', add: ['a'], remove: ['a'] }] } }), ['effects.approved.0.add', 'effects.approved.1.metadata', 'effects.approved.2.remove']],
    ['a tag that starts it again', flow([stage('a')], { trigger: { on: 'tagged', tag: 'go' }, effects: { rejected: [{ do: 'tag', add: ['go'] }] } }), ['effects.rejected.0.add']],
    ['a field that starts it again', flow([stage('a')], { trigger: { on: 'changed', when: { fact: 'metadata.amount', above: 10 } }, effects: { approved: [{ do: 'set', metadata: { amount: 20 } }] } }), ['effects.approved.0.metadata']],
    ['a tag after which its condition holds again', flow([stage('a')], { trigger: { on: 'changed', when: { fact: 'tag', is: 'to pay' } }, effects: { approved: [{ do: 'tag', add: ['paid'] }], rejected: [{ do: 'tag', remove: ['other'] }] } }), ['effects.approved.0.add', 'effects.rejected.0.remove']],
    ['a move after which its condition holds again', flow([stage('a')], { trigger: { on: 'changed', when: { fact: 'folder', exists: true } }, effects: { approved: [{ do: 'move', folderId: folder(1) }] } }), ['effects.approved.0.folderId']],
    ['more stages than anybody reads', flow(Array.from({ length: 11 }, (_, at) => ({ parallel: [0, 1].map((branch) => ({ key: `b${branch}`, stages: Array.from({ length: 5 }, (__, n) => stage(`s${at}-${branch}-${n}`)) })) }))), ['stages']],
  ])('%s', (_, spec, paths) => {
    expect(places(spec)).toEqual(paths)
  })
})

test('a field that this flow sets is known to it, and setting what the trigger leaves out does not start it again', () => {
  const spec = flow([stage('a')], {
    trigger: { on: 'changed', when: { all: [{ fact: 'metadata.amount', above: 10 }, { fact: 'metadata.status', isNot: 'done' }] } }, effects: { approved: [{ do: 'set', metadata: { status: 'done' } }], rejected: [{ do: 'set', metadata: { amount: null } }] },
  })
  expect(places(spec)).toEqual([])
})

test('tags and moves after which the condition of the trigger holds no more do not start it again', () => {
  const when = { all: [{ fact: 'tag' as const, is: 'to pay' }, { fact: 'folder' as const, exists: true }] }
  expect(places(flow([stage('a')], { trigger: { on: 'changed', when }, effects: { approved: [{ do: 'tag', remove: ['to pay'] }], rejected: [{ do: 'move', folderId: null }] } }))).toEqual([])
  expect(places(flow([stage('a')], { trigger: { on: 'changed', when: { fact: 'pages', above: 1 } }, effects: { approved: [{ do: 'tag', add: ['a'] }, { do: 'move', folderId: folder(1) }] } }))).toEqual([])
})

test('more people than one stage asks are a fault, at first and by an escalation', () => {
  const crowd = { ...known, groups: new Map([[group(1), new Set(Array.from({ length: 1001 }, (_, at) => user(at)))]]) }
  const spec = flow([stage('a', { ...asks({ group: group(1) }), escalation: [{ after: { hours: 1 }, to: [{ group: group(1) }], how: 'add' }] })])
  expect(places(spec, crowd)).toEqual(['stages.0.ask', 'stages.0.escalation.0.to'])
  expect(places(flow([stage('a', asks({ group: group(1) }))]), { ...known, groups: new Map([[group(1), new Set(Array.from({ length: 1000 }, (_, at) => user(at)))]]) })).toEqual([])
})

test('where fields are not known they are not checked', () => {
  expect(places(flow([stage('a', asks({ field: 'anything' }))]), { ...known, fields: null })).toEqual([])
})

test('flows that start each other are refused, however long the circle, and those that do not are not', () => {
  const starts = (flowId: FlowId): FlowSpec => flow([stage('a')], { effects: { rejected: [{ do: 'start', flowId }] } })
  const facts = (flows: [FlowId, FlowId[]][]): SpecFacts => ({ ...known, self, flows: new Map(flows) })
  expect(places(starts(self), facts([]))).toEqual(['effects.rejected.0.flowId'])
  expect(places(starts(other), facts([[other, [third]], [third, [self]]]))).toEqual(['effects.rejected.0.flowId'])
  expect(places(starts(other), facts([[other, [third]], [third, [other]]]))).toEqual([])
  expect(places(starts(other), facts([[other, []]]))).toEqual([])
})
