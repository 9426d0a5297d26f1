import { expect, test } from 'vitest'
import { chooseText, isWithin } from './choose-text.ts'

const words = 'The committee met on Tuesday and decided to publish the report before the end of the month. '.repeat(3)
const shifted = words.replace(/[a-z]/gi, (letter) => String.fromCharCode(97 + ((letter.toLowerCase().charCodeAt(0) - 97 + 5) % 26)))
const foreign = 'Комитет собрался во вторник и решил опубликовать отчёт. '.repeat(4)

test.each([
  ['letters in an order that no language has yield to words', { text: shifted, unmapped: 0 }, { text: words, confidence: 85 }, { from: 'ocr', isJunk: true }],
  ['characters that the font does not tell yield to words', { text: words, unmapped: 0.9 }, { text: words, confidence: 85 }, { from: 'ocr', isJunk: true }],
  ['and stay where nothing was recognized', { text: shifted, unmapped: 0 }, { text: '', confidence: 0 }, { from: 'layer', isJunk: true }],
  ['and stay where what was recognized is no better', { text: shifted, unmapped: 0 }, { text: shifted, confidence: 60 }, { from: 'layer', isJunk: true }],
  ['a line over a scan yields to the page', { text: 'Received 5 May', unmapped: 0 }, { text: words, confidence: 85 }, { from: 'ocr', isJunk: false }],
  ['a caption stays where only it is recognized', { text: 'The north quay', unmapped: 0 }, { text: 'The north quay', confidence: 92 }, { from: 'layer', isJunk: false }],
  ['a caption stays where the picture looks like letters', { text: 'The north quay', unmapped: 0 }, { text: words, confidence: 31 }, { from: 'layer', isJunk: false }],
  ['a language without data here stays as it is', { text: foreign, unmapped: 0 }, { text: 'KOMUTET co6pancs Bo BTOpHHK', confidence: 40 }, { from: 'layer', isJunk: false }],
  ['no layer at all yields', { text: '', unmapped: 0 }, { text: '', confidence: 0 }, { from: 'ocr', isJunk: false }],
] as const)('%s', (_name, layer, found, choice) => {
  expect(chooseText(layer, found)).toEqual(choice)
})

test('a note is within a text where its words are, as words', () => {
  expect(isWithin('PAID, 5 May', 'The bill\nwas paid 5\nMay by check')).toBe(true)
  expect(isWithin('ok', 'The book')).toBe(false)
  expect(isWithin('?', 'What?')).toBe(false)
})
