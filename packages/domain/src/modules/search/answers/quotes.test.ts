import { expect, test } from 'vitest'
import { spanOfQuote } from './quotes.ts'

const found = (passage: string, quote: string): string | null => {
  const span = spanOfQuote(passage, quote)
  return span === null ? null : passage.slice(span.start, span.end)
}

test.each([
  ['as it stands', 'The roof cost 4,200 pounds.', 'cost 4,200 pounds', 'cost 4,200 pounds'],
  ['over the end of a line', 'The roof\r\n   cost 4,200 pounds.', 'roof cost 4,200', 'roof\r\n   cost 4,200'],
  ['in a ligature, found whole', 'the o\uFB03ce was closed', 'the office', 'the o\uFB03ce'],
  ['in full width', 'Ｔｏｔａｌ： ４２０ GBP', 'Total: 420', 'Ｔｏｔａｌ： ４２０'],
  ['with marks apart', 'informac\u0327a\u0303o do mar', 'informação', 'informac\u0327a\u0303o'],
  ['behind signs of two units', '😀😀 the storm of November', 'storm of November', 'storm of November'],
  ['in Japanese', '本契約は二〇二五年三月一日に終了する。', '二〇二五年三月一日に終了', '二〇二五年三月一日に終了'],
  ['at its second place, where the first is within a word', 'The unlawful end, and a lawful end of it.', 'lawful end', 'lawful end'],
  ['before a note', 'up to 4,200 pounds³ a year', 'up to 4,200 pounds', 'up to 4,200 pounds'],
  ['up to a comma', 'in May 2024, 500 pounds', 'in May 2024', 'in May 2024'],
  ['with white space around it', 'The keys are in the office.', '\n The keys are in ', 'The keys are in'],
])('a quote is found %s', (_, passage, quote, span) => {
  expect(found(passage, quote)).toBe(span)
})

test.each([
  ['words that do not stand there', 'The roof cost 4,200 pounds.', 'The roof cost 4,300 pounds'],
  ['words left out', 'The roof, and nothing else, cost 4,200 pounds.', 'The roof cost 4,200 pounds'],
  ['capitals mended', 'the roof cost 4,200 pounds', 'The roof cost'],
  ['too little to prove anything', 'The roof cost 4,200 pounds.', 'The roof'],
  ['what begins within a word', 'The court held an unlawful termination of the lease.', 'lawful termination of the lease'],
  ['what ends within a word', 'The tenant pays for the roofing.', 'tenant pays for the roof'],
  ['what begins within a number', 'The rent is 12,500 euros a month.', '500 euros a month'],
  ['what begins within a number of another land', 'The rent is 12\u202f500 euros a month.', '500 euros a month'],
  ['what ends within a number', 'The rent is 12.500 euros.', 'The rent is 12'],
  ['what ends before a mark', 'The rent is inclua\u0303o', 'The rent is inclua'],
  ['nothing', 'The roof cost 4,200 pounds.', ' \n '],
  ['blanks around little', 'a          b', 'a          b'],
])('%s: no quote', (_, passage, quote) => {
  expect(spanOfQuote(passage, quote)).toBeNull()
})
