import { expect, test } from 'vitest'
import { comparable, errorRate, judge, type Outcome } from './judge.ts'
import type { Expectation } from './manifest.ts'

const expected = (over: Partial<Expectation>): Expectation => ({ path: 'a.pdf', type: 'CONTAINS', wanted: ['Hello World'], password: null, maxErrorRate: 0, ...over })
const got = (over: Partial<Outcome>): Outcome => ({ state: 'ready', reason: null, text: 'Say hello   world.', pages: 1, ocrPages: 0, unlocked: null, ...over })

test('texts are compared without regard to case, white space, ligatures and the shape of quotes', () => {
  expect(comparable(' The\n“ﬁrst”  Word’s ')).toBe('the "first" word\'s')
})

test('the error rate counts edits against the best stretch of the text', () => {
  expect(errorRate('abc', 'xxabcxx')).toBe(0)
  expect(errorRate('abcd', 'xxabxdxx')).toBe(0.25)
  expect(errorRate('abcd', '')).toBe(1)
})

test.each([
  ['text that is there', expected({}), got({}), null],
  ['text that is missing', expected({ wanted: ['Goodbye'] }), got({}), expect.stringContaining('ready')],
  ['text of a document that failed', expected({}), got({ state: 'failed', reason: 'corrupt' }), expect.stringContaining('failed: corrupt')],
  ['a failure that was wanted', expected({ type: 'FAIL_CLEAN' }), got({ state: 'failed', reason: 'corrupt', text: '' }), null],
  ['a failure without a reason', expected({ type: 'FAIL_CLEAN' }), got({ state: 'failed', text: '' }), 'failed'],
  ['a document that never ended', expected({ type: 'BOUNDED' }), got({ state: 'processing' }), 'processing'],
  ['few enough wrong characters', expected({ type: 'FUZZY', maxErrorRate: 0.1 }), got({ text: 'hello wor1d' }), null],
  ['too many wrong characters', expected({ type: 'FUZZY', maxErrorRate: 0.05 }), got({ text: 'hello wor1d' }), expect.stringContaining('0.091')],
  ['a locked file that opened', expected({ type: 'PASSWORD', password: 'x' }), got({ state: 'needs_password', unlocked: { state: 'ready', text: 'hello world' } }), null],
  ['a locked file that was read without a password', expected({ type: 'PASSWORD', password: 'x' }), got({}), 'ready'],
])('%s is judged', (_, wanted, outcome, verdict) => {
  expect(judge(wanted, outcome)).toEqual(verdict)
})
