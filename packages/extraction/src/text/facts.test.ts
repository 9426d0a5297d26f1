import { expect, test } from 'vitest'
import { cleanFacts, momentOf } from './facts.ts'
import { countWords } from './words.ts'

test.each([
  ["D:20250314092653+01'00'", '2025-03-14T08:26:53.000Z'], ['D:20250314092653Z', '2025-03-14T09:26:53.000Z'], ['D:20250314', '2025-03-14T00:00:00.000Z'],
  ["D:2025031409-05'30'", '2025-03-14T14:30:00.000Z'], ['D:2025', '2025-01-01T00:00:00.000Z'], ['2025', '2025-01-01T00:00:00.000Z'], ['2025-03', '2025-03-01T00:00:00.000Z'],
  ['2025-03-14T09:26:53.123456', '2025-03-14T09:26:53.123Z'], ['2025-03-14 09:26', '2025-03-14T09:26:00.000Z'], ['2025-03-14T09:26:53+02:00', '2025-03-14T07:26:53.000Z'],
  ['Fri, 14 Mar 2025 09:26:53 +0100', '2025-03-14T08:26:53.000Z'],
  ['D:20251399', null], ['D:1601', null], ['0000-00-00', null], ['yesterday', null], ['', null], ['1', null], ['9999-12-31', null], [undefined, null], ['2025-03-14T09:26:53Z; rm', null],
])('the moment %j is %j', (raw, moment) => {
  expect(momentOf(raw)).toBe(moment)
})

test.each([
  ['  The  \n storm\u0000 ', 'The storm'], ['Microsoft Word - lease.docx', 'lease.docx'], ['a\u202etxt.exe', 'atxt.exe'], ['\u200b', null], ['---', null], ['Untitled', null],
  ['Document1', null], ['PowerPoint Presentation', null], ['', null], ['\ud800x', '\ufffdx'], ['𝒳'.repeat(400), '𝒳'.repeat(300)], ['<script>', '<script>'],
])('the title %j is %j', (raw, title) => {
  expect(cleanFacts({ title: raw }).title).toBe(title)
})

test('an endless title costs a line', () => {
  expect(cleanFacts({ author: 'x'.repeat(50_000_000) })).toEqual({ title: null, author: 'x'.repeat(300), createdAt: null, modifiedAt: null })
})

test.each([
  ['', 0], ['one two', 2], ['  a\n\nb\tc ', 3], ["don't re-read v1.2", 3], ['1,200 €', 1], ['東京都 に行く', 6], ['Tōkyō 東京', 3], ['नमस्ते दुनिया', 2], ['— … !', 0],
])('%j has %i words', async (text, words) => {
  expect(await countWords(text)).toBe(words)
})

test('a very long text is counted section by section, and no word twice', async () => {
  expect(await countWords('word '.repeat(450_000))).toBe(450_000)
})
