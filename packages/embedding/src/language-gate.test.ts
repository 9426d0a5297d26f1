import { expect, test } from 'vitest'
import { languageGate } from './language-gate.ts'

test.each([
  'The annual leave policy applies to all part-time employees from the first day of their contract.',
  'boundary layer transition', // no function word, and every word known
  'how do I reset my password?',
  'C++ / C# / F# developers',
  'what similarity laws must be obeyed when constructing aeroelastic models of heated high speed aircraft .',
])('English counts: %j', (text) => {
  expect(languageGate(text)).toBe(true)
})

test.each([
  'A política de férias aplica-se a todos os trabalhadores a tempo parcial desde o primeiro dia do contrato.',
  'Não há informação disponível sobre os prazos de candidatura às bolsas de investigação.',
  'Die Urlaubsregelung gilt für sämtliche Teilzeitbeschäftigten ab dem ersten Arbeitstag.',
  'Политика отпусков распространяется на всех работников.',
  '日本語のテキストです',
  '', '  ', '1234 5678', '!!!',
])('other languages, and nothing at all, do not: %j', (text) => {
  expect(languageGate(text)).toBe(false)
})
