import type { Warning } from '@intellidocs/contracts'
import { expect, test } from 'vitest'
import { mergeWarnings, warningOf } from './warnings.policy.ts'

test('pages of one reason are joined, in their order, each once; other reasons stay apart', () => {
  const pages = [7, 3, 4, 3, 5].map((number) => warningOf(number, 'low_confidence'))
  expect(mergeWarnings([...pages, warningOf(1, 'ocr_failed')])).toEqual([
    { reason: 'low_confidence', pages: [{ from: 3, to: 5 }, { from: 7, to: 7 }], names: [] }, { reason: 'ocr_failed', pages: [{ from: 1, to: 1 }], names: [] },
  ])
})

test('names are told once, and merging again changes nothing', () => {
  const named = (...names: string[]): Warning => ({ reason: 'ocr_language_missing', pages: [], names })
  const once = mergeWarnings([named('deu', 'fra'), named('fra', 'spa')])
  expect(once).toEqual([named('deu', 'fra', 'spa')])
  expect(mergeWarnings([...once, ...once])).toEqual(once)
})

test('however many pages are warned of, the answer stays small', () => {
  const odd = Array.from({ length: 5_000 }, (_, at) => warningOf(at * 2 + 1, 'low_confidence'))
  const names = Array.from({ length: 1_000 }, (_, at): Warning => ({ reason: 'attachment_unreadable', pages: [], names: [`${at}`] }))
  const [pages, files] = mergeWarnings([...odd, ...names])
  expect([pages?.pages.length, files?.names.length]).toEqual([100, 20])
})
