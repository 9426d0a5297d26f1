import { expect, test } from 'vitest'
import { isSummary, summaries } from './summaries.ts'

test('every sentence for operators is recognized as one', () => {
  const range = { from: 1, to: 50 }
  const all = [
    summaries.run({ version: 3, attempt: 12, megabytes: '0.41' }), summaries.run({ version: 1, attempt: 1, megabytes: '512' }), summaries.scan, summaries.read,
    summaries.ocr(range), summaries.index(range), summaries.failed, summaries.cancelled, summaries.readers,
  ]
  expect(all.filter((sentence) => !isSummary(sentence))).toEqual([])
})

test.each(['Read “Merger.pdf”', 'Read version x (attempt 1), 1 MB', 'Index pages 1–2 of Merger.pdf', 'Index pages 1–2\nMerger', '{"a":1}', ''])(
  'a text that could hold something of a customer is none: %j', (text) => expect(isSummary(text)).toBe(false))
