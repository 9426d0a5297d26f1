import type { FolderId, RetentionRuleId } from '@intellidocs/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOn, keptBy, startOf, verdictOf, type Rule, type RuledFacts } from './rules.policy.ts'

const DAY = 86_400_000
const now = new Date('2026-11-30T12:00:00Z')
const ago = (days: number): Date => new Date(now.getTime() - days * DAY)
const facts: RuledFacts = { path: ['top' as FolderId, 'below' as FolderId], mime: 'image/png', tags: ['tax'], metadata: {}, createdAt: ago(100), uploadedAt: ago(10), trashedAt: null }
let made = 0
const rule = (more: Partial<Rule>): Rule =>
  ({ id: `rule-${(made += 1)}` as RetentionRuleId, name: 'a', on: { all: true }, since: 'created', keepDays: null, deleteDays: null, needsRelease: false, ...more })
const verdict = (rules: Rule[], more: Partial<RuledFacts> = {}, trashDays: number | null = null) => verdictOf({ ...facts, ...more }, { rules, trashDays, now })

describe('a rule is on', () => {
  test.each<[string, Rule['on'], boolean]>([
    ['all', { all: true }, true], ['the folder itself', { folderId: 'below' as FolderId }, true], ['one above', { folderId: 'top' as FolderId }, true],
    ['another folder', { folderId: 'other' as FolderId }, false], ['a tag', { tag: 'tax' }, true], ['another tag', { tag: 'taxes' }, false],
    ['a type', { type: 'image/png' }, true], ['a class of types', { type: 'image/*' }, true], ['another class', { type: 'text/*' }, false], ['another type', { type: 'image/p' }, false],
  ])('%s', (_what, on, expected) => { expect(isOn(rule({ on }), facts)).toBe(expected) })
  test('no type where none is known', () => { expect(isOn(rule({ on: { type: 'image/*' } }), { ...facts, mime: null })).toBe(false) })
})

test.each<[string, Rule['since'], RuledFacts['metadata'], string | null]>([
  ['the document', 'created', {}, ago(100).toISOString()], ['its version', 'uploaded', {}, ago(10).toISOString()],
  ['a day', { field: 'closed' }, { closed: '2020-01-31' }, '2020-01-31T00:00:00.000Z'], ['a moment', { field: 'closed' }, { closed: '2020-01-31T10:00:00+02:00' }, '2020-01-31T08:00:00.000Z'],
  ['no field', { field: 'closed' }, {}, null], ['a word', { field: 'closed' }, { closed: 'soon' }, null], ['no day', { field: 'closed' }, { closed: '2020-13-45' }, null],
  ['a number', { field: 'closed' }, { closed: 2020 }, null], ['a date amid words', { field: 'closed' }, { closed: 'on 2020-01-31' }, null],
])('days count from %s', (_what, since, metadata, expected) => { expect(startOf(rule({ since }), { ...facts, metadata })?.toISOString() ?? null).toBe(expected) })

describe('what becomes of a document:', () => {
  test('nothing without a rule, or before its day', () => {
    expect(verdict([])).toEqual({ kind: 'stays' })
    expect(verdict([rule({ deleteDays: 101 })])).toEqual({ kind: 'stays' })
    expect(verdict([], { trashedAt: ago(40) })).toEqual({ kind: 'stays' })
    expect(verdict([], { trashedAt: ago(29) }, 30)).toEqual({ kind: 'stays' })
  })
  test('it goes on its day, by the rule that was due first', () => {
    const [late, early] = [rule({ deleteDays: 100 }), rule({ deleteDays: 50 })]
    expect(verdict([late, early])).toEqual({ kind: 'due', by: early, releases: [] })
    expect(verdict([], { trashedAt: ago(30) }, 30)).toEqual({ kind: 'due', by: null, releases: [] })
  })
  test('each rule that is due and asks for a release must have one', () => {
    const [asks, asksLater, due] = [rule({ deleteDays: 60, needsRelease: true }), rule({ deleteDays: 300, needsRelease: true }), rule({ deleteDays: 50 })]
    expect(verdict([asks, asksLater, due])).toEqual({ kind: 'due', by: due, releases: [asks] })
    expect(verdict([asks], { trashedAt: ago(30) }, 30)).toMatchObject({ releases: [asks] })
  })
  test('the longest keep goes before any deletion, and one without a date before all others', () => {
    const [short, long, endless] = [rule({ keepDays: 101 }), rule({ keepDays: 200 }), rule({ keepDays: 1, since: { field: 'closed' } })]
    const due = rule({ deleteDays: 1 })
    expect(verdict([due, short, long])).toEqual({ kind: 'kept', rule: long, until: new Date(ago(100).getTime() + 200 * DAY) })
    expect(verdict([due, endless, long, short])).toEqual({ kind: 'kept', rule: endless, until: null })
    expect(verdict([due, endless], { metadata: { closed: '2020-01-31' } })).toMatchObject({ kind: 'due' })
    expect(verdict([short], { trashedAt: ago(90) }, 30)).toMatchObject({ kind: 'kept', rule: short })
  })
  test('a type that is not known yet is kept by the rules for any type, and deleted by none of them', () => {
    const [keeps, all] = [rule({ on: { type: 'application/pdf' }, keepDays: 200 }), rule({ deleteDays: 1 })]
    expect(verdict([keeps, all], { mime: null })).toMatchObject({ kind: 'kept', rule: keeps })
    expect(verdict([keeps, all])).toMatchObject({ kind: 'due', by: all })
    expect(verdict([rule({ on: { type: 'application/pdf' }, deleteDays: 1 })], { mime: null })).toEqual({ kind: 'stays' })
  })
})

const days = fc.option(fc.integer({ min: 1, max: 300 }), { nil: null })
const anyRule = fc.record({
  id: fc.uuid().map((id) => id as RetentionRuleId), name: fc.constant('a'), keepDays: days, deleteDays: days, needsRelease: fc.boolean(),
  on: fc.constantFrom<Rule['on']>({ all: true }, { tag: 'tax' }, { tag: 'other' }, { folderId: 'top' as FolderId }, { type: 'image/*' }, { type: 'text/plain' }),
  since: fc.constantFrom<Rule['since']>('created', 'uploaded', { field: 'closed' }),
})
const anyFacts = fc.record({
  path: fc.constantFrom<FolderId[]>([], ['top' as FolderId]), mime: fc.constantFrom('image/png', 'text/plain', null), tags: fc.subarray(['tax', 'other']),
  metadata: fc.constantFrom<RuledFacts['metadata']>({}, { closed: '2026-06-01' }, { closed: 'never' }),
  createdAt: fc.integer({ min: 0, max: 300 }).map(ago), uploadedAt: fc.integer({ min: 0, max: 300 }).map(ago), trashedAt: fc.option(fc.integer({ min: 0, max: 300 }).map(ago), { nil: null }),
})

describe('whatever the rules and the document:', () => {
  test('nothing is due while any rule keeps it, in whatever order the rules come, and no rule more lets it go sooner', () => {
    fc.assert(fc.property(fc.array(anyRule, { maxLength: 6 }), anyFacts, days, (rules, of, trashDays) => {
      const ruling = { rules, trashDays, now }
      const found = verdictOf(of, ruling)
      const keeping = rules.filter((one) => keptBy(of, { rules: [one], now }) !== null)
      expect(found.kind === 'kept').toBe(keeping.length > 0)
      const backwards = verdictOf(of, { ...ruling, rules: rules.toReversed() })
      expect(backwards.kind).toBe(found.kind)
      if (found.kind === 'kept' && backwards.kind === 'kept') expect(backwards.until).toEqual(found.until)
      for (const one of keeping) expect(verdictOf(of, { ...ruling, rules: [...rules.filter((other) => other.keepDays === null), one] }).kind).toBe('kept')
    }), { numRuns: 500 })
  })
  test('what is due stays due as time goes on, and what is kept is so until the day that was told', () => {
    fc.assert(fc.property(fc.array(anyRule, { maxLength: 6 }), anyFacts, fc.integer({ min: 1, max: 400 }), (rules, of, later) => {
      const then = new Date(now.getTime() + later * DAY)
      const [found, after] = [verdictOf(of, { rules, trashDays: 30, now }), verdictOf(of, { rules, trashDays: 30, now: then })]
      if (found.kind === 'due') expect(after.kind).toBe('due')
      if (found.kind === 'kept') expect(after.kind === 'kept').toBe(found.until === null || found.until > then)
    }), { numRuns: 500 })
  })
})
