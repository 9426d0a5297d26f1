import { outcomeOf } from '@intellidocs/certificate'
import type { DecisionRule } from '@intellidocs/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluate, isShort } from './rules.ts'
import type { Task } from './types.ts'

const signs: Record<string, Task> = { '+': { state: 'decided', verdict: 'approve' }, '-': { state: 'decided', verdict: 'reject' }, '.': { state: 'open' }, x: { state: 'closed' } }
const tasks = (text: string): Task[] => [...text].map((sign) => signs[sign] ?? { state: 'open' })
const quorum = (approvals: number): DecisionRule => ({ rule: 'quorum', approvals })

describe('a rule, over + approvals, - rejections, . open and x closed tasks', () => {
  test.each<[string, DecisionRule, string, string]>([
    ['all', { rule: 'all' }, '..', 'open'], ['all', { rule: 'all' }, '+.', 'open'], ['all', { rule: 'all' }, '++', 'approved'],
    ['all', { rule: 'all' }, '-.', 'rejected'], ['all', { rule: 'all' }, '+x', 'approved'], ['all', { rule: 'all' }, '', 'open'], ['all', { rule: 'all' }, 'x', 'open'],
    ['any', { rule: 'any' }, '+..', 'approved'], ['any', { rule: 'any' }, '--.', 'open'], ['any', { rule: 'any' }, '---', 'rejected'], ['any', { rule: 'any' }, '--x', 'rejected'],
    ['quorum of 2', quorum(2), '+..', 'open'], ['quorum of 2', quorum(2), '++.', 'approved'], ['quorum of 2', quorum(2), '-..', 'open'],
    ['quorum of 2', quorum(2), '--.', 'rejected'], ['quorum of 2', quorum(2), '+-.', 'open'], ['quorum of 2', quorum(2), '+-+', 'approved'],
    ['quorum of 2 while more may be asked', quorum(2), '.', 'open'], ['quorum of 2 that nobody fills', quorum(2), '+', 'open'], ['quorum of 2 that nobody fills', quorum(2), '-', 'rejected'],
    ['veto of 2 that nobody fills', { rule: 'veto', approvals: 2 }, '+', 'open'],
    ['veto of all', { rule: 'veto' }, '+.', 'open'], ['veto of all', { rule: 'veto' }, '++', 'approved'], ['veto of all', { rule: 'veto' }, '+-', 'rejected'],
    ['veto of 1', { rule: 'veto', approvals: 1 }, '+..', 'approved'], ['veto of 1', { rule: 'veto', approvals: 1 }, '-..', 'rejected'],
  ])('%s: %o over "%s" is %s', (_, rule, text, outcome) => {
    expect(evaluate(rule, tasks(text))).toBe(outcome)
  })
})

const rules: fc.Arbitrary<DecisionRule> = fc.oneof(
  fc.constantFrom<DecisionRule>({ rule: 'all' }, { rule: 'any' }, { rule: 'veto' }),
  fc.record({ rule: fc.constantFrom('quorum' as const, 'veto' as const), approvals: fc.integer({ min: 1, max: 8 }) }),
)
const verdicts = fc.array(fc.constantFrom('+', '-'), { minLength: 1, maxLength: 8 })

test('more decisions never turn an outcome into another, whatever their order, as the first outcome ends the stage', () => {
  fc.assert(fc.property(rules, verdicts, fc.integer({ min: 0, max: 8 }), (rule, said, closed) => {
    let first: string | null = null
    for (let decided = 0; decided <= said.length; decided += 1) {
      const text = said.slice(0, decided).join('') + '.'.repeat(said.length - decided) + 'x'.repeat(closed)
      const outcome = evaluate(rule, tasks(text))
      if (outcome === 'approved' && rule.rule !== 'veto') first ??= 'approved'
      if (outcome === 'rejected') first ??= 'rejected'
      if (first !== null && rule.rule !== 'veto') expect(outcome).toBe(first)
    }
    // Approvals alone reject nothing, also where there are too few people for more.
    expect(evaluate(rule, tasks(said.join(''))) === 'open').toBe(isShort(rule, said.length) && !said.includes('-'))
  }), { numRuns: 500 })
})

test('the order of the tasks and what was closed decide nothing', () => {
  fc.assert(fc.property(rules, fc.array(fc.constantFrom('+', '-', '.', 'x'), { maxLength: 10 }).chain((signs_) => fc.tuple(fc.constant(signs_), fc.shuffledSubarray(signs_, { minLength: signs_.length }))), (rule, [one, other]) => {
    expect(evaluate(rule, tasks(one.join('')))).toBe(evaluate(rule, tasks(other.join('').replaceAll('x', ''))))
  }), { numRuns: 500 })
})

test('one approval instead of a rejection never makes an outcome worse, and one rejection instead of an approval never better', () => {
  const rank = { rejected: 0, open: 1, approved: 2 }
  fc.assert(fc.property(rules, fc.array(fc.constantFrom('+', '-', '.'), { minLength: 1, maxLength: 8 }), fc.nat(), (rule, said, at) => {
    const changed = (sign: string): Task[] => tasks(said.map((old, index) => (index === at % said.length ? sign : old)).join(''))
    expect(rank[evaluate(rule, changed('+'))]).toBeGreaterThanOrEqual(rank[evaluate(rule, changed('-'))])
  }), { numRuns: 500 })
})

test('the verifier of certificates makes the same of those who were asked', () => {
  fc.assert(fc.property(rules, fc.array(fc.constantFrom('+', '-', '.', 'x'), { maxLength: 12 }), (rule, signs) => {
    const count = (wanted: string): number => signs.filter((sign) => sign === wanted).length
    expect(outcomeOf(rule, { approvals: count('+'), rejections: count('-'), silent: count('.') })).toBe(evaluate(rule, tasks(signs.join(''))))
  }))
})
