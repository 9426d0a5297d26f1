import { expect, test } from 'vitest'
import { parseWhere } from './reprocess-where.ts'

test.each([
  ['engine = tesseract.js and confidence < 0.7', { engine: 'tesseract.js', confidenceBelow: 70 }, null],
  ['engine=tesseract.js AND confidence<70', { engine: 'tesseract.js', confidenceBelow: 70 }, null],
  ['confidence > 1 and confidence < 55.5%', { confidenceAbove: 100, confidenceBelow: 55.5 }, null],
  ['confidence < 1%', { confidenceBelow: 1 }, null],
  ['extractor = pdf and version = 2.1.13 and model = eng+por', { extractor: 'pdf', engineVersion: '2.1.13', model: 'eng+por' }, null],
  ['type = application/pdf and language = pt and state = failed and reason = time_limit', { mime: 'application/pdf', language: 'pt', state: 'failed', reason: 'time_limit' }, null],
  ['folder = "Board papers/2026" and created >= 2026-01-01 and created < 2026-03-31T12:00:00Z', { createdFrom: '2026-01-01T00:00:00.000Z', createdBefore: '2026-03-31T12:00:00.000Z' }, 'Board papers/2026'],
])('%s', (words, where, folder) => {
  expect(parseWhere(words)).toEqual({ where, folder })
})

test.each([
  ['', 1, 'one of extractor'], ['motor = x', 1, 'one of extractor'], ['engine', 7, 'engine goes with ='], ['engine < x', 8, 'engine goes with ='],
  ['confidence = 1', 12, 'confidence goes with < or >'], ['confidence < high', 14, 'a number up to 1'], ['confidence < 101', 14, 'a number up to 1'],
  ['engine = ', 10, 'is missing'], ['engine = = x', 10, 'is missing'], ['engine = x or engine = y', 12, 'joined by "and"'], ['engine = x and', 15, 'one of extractor'],
  ['engine = x and engine = y', 16, 'stands here twice'], ['engine = "x', 10, 'not closed'], ['created >= 2026-13-01', 12, 'a day is meant'], ['state = odd', 9, 'Invalid option'],
  ['state = queued', 9, 'Invalid option'], ['constructor = x', 1, 'one of extractor'],
])('%j is wrong at character %i: %s', (words, at, sentence) => {
  expect(() => parseWhere(words)).toThrow(new RegExp(`^--where, at character ${at}: .*${sentence}`))
})
