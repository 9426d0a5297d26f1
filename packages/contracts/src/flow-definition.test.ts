import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { flowJsonSchema, flowSpec, type FlowSpecInput } from './flow-definition.ts'

const userId = '00000001-0000-4000-8000-000000000001'
const stage = { key: 'a', name: 'A', ask: [{ user: userId }], decide: { rule: 'all' } } as const
type Given = { readonly [key in keyof FlowSpecInput]?: unknown }
const spec = (given: Given = {}): unknown => ({ name: 'A flow', stages: [stage], ...given })
const withStage = (given: object): unknown => spec({ stages: [{ ...stage, ...given }] })
const deep = (levels: number): unknown => (levels === 0 ? { fact: 'pages', above: 1 } : { not: deep(levels - 1) })

const accepted: [string, unknown][] = [
  ['the least', spec()],
  ['every kind of assignee', withStage({ ask: [{ user: userId }, { group: userId }, { role: 'owner' }, { field: 'manager' }, { requester: true }] })],
  ['every rule', spec({ stages: [{ rule: 'all' }, { rule: 'any' }, { rule: 'quorum', approvals: 2 }, { rule: 'veto' }, { rule: 'veto', approvals: 1 }].map((decide, at) => ({ ...stage, key: `s${at}`, decide })) })],
  ['time', withStage({ deadline: { workingDays: 3 }, reminders: [{ before: { hours: 0.5 } }, { every: { workingDays: 1 } }], escalation: [{ after: { hours: 4 }, to: [{ role: 'admin' }], how: 'add' }], onDeadline: 'expire' })],
  ['ways back', spec({ stages: [stage, { ...stage, key: 'b', onReject: { back: 'a' }, onNewVersion: 'restart', ifAway: 'drop' }, { ...stage, key: 'c', onReject: 'new-version', ifAway: { role: 'owner' } }] })],
  ['branches', spec({ stages: [{ parallel: [{ key: 'x', when: { all: [{ fact: 'tag', is: 'a' }, { not: { fact: 'metadata.amount', below: 3 } }] }, stages: [stage] }, { key: 'y', stages: [stage] }] }] })],
  ['every trigger', spec({ trigger: { on: 'changed', when: { any: [{ fact: 'type', oneOf: ['a', 1, true] }, { fact: 'folder', exists: true }] } } })],
  ['effects', spec({ effects: { approved: [{ do: 'move', folderId: null }, { do: 'tag', add: ['paid'] }, { do: 'set', metadata: { a: 1, b: null } }, { do: 'share', with: { org: true }, level: 'view' }], expired: [{ do: 'hook', name: 'late' }, { do: 'start', flowId: userId }] } })],
  ['a calendar', spec({ calendar: { timezone: 'Europe/Berlin', weekdays: [1, 2], holidays: ['2026-12-25'] } })],
  ['conditions four deep', withStage({ when: deep(4) })],
]
const refused: [string, unknown][] = [
  ['no stage', spec({ stages: [] })], ['a key that is none', withStage({ key: 'A b' })], ['nobody asked', withStage({ ask: [] })], ['an id that is none', withStage({ ask: [{ user: 'x' }] })],
  ['a word that is not there', withStage({ note: 'x' })], ['a rule without its number', withStage({ decide: { rule: 'quorum' } })], ['a fact that is none', withStage({ when: { fact: 'colour', is: 'red' } })],
  ['two comparisons in one', withStage({ when: { fact: 'pages', above: 1, below: 3 } })], ['conditions five deep', withStage({ when: deep(5) })], ['no time', withStage({ deadline: { hours: 0 } })],
  ['time in two ways', withStage({ deadline: { hours: 1, workingDays: 1 } })], ['one branch', spec({ stages: [{ parallel: [{ key: 'x', stages: [stage] }] }] })], ['a trigger without its folder', spec({ trigger: { on: 'uploaded' } })],
  ['a role of its own', withStage({ ask: [{ role: 'custom' }] })], ['rounds without end', spec({ maxRounds: 21 })], ['a day that is none', spec({ calendar: { weekdays: [8] } })],
]

describe('a definition', () => {
  const accepts = new Ajv2020({ strict: false, formats: { uuid: true, date: true } }).compile(flowJsonSchema())
  test.each(accepted)('with %s is one, by the code and by the schema', (_, value) => {
    expect(flowSpec.safeParse(value)).toMatchObject({ success: true })
    expect(accepts(value)).toBe(true)
  })
  test.each(refused)('with %s is none, by the code and by the schema', (_, value) => {
    expect(flowSpec.safeParse(value).success).toBe(false)
    expect(accepts(value)).toBe(false)
  })
  test('in a time zone that there is not is none', () => {
    expect(flowSpec.safeParse(spec({ calendar: { timezone: 'Mars/Olympus' } })).success).toBe(false)
  })
  test('read once reads the same again', () => {
    for (const [, value] of accepted) expect(flowSpec.parse(flowSpec.parse(value))).toEqual(flowSpec.parse(value))
  })
})

test('docs/schemas/flow.schema.json is what the code says: if not, npm run flow-schema', () => {
  const written: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'schemas', 'flow.schema.json'), 'utf8'))
  expect(written).toEqual(flowJsonSchema())
})
