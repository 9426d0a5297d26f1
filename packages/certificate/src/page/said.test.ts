import { expect, test } from 'vitest'
import { loadFonts } from './fonts.ts'
import { linesOf } from './lines.ts'
import { phrase, shownText } from './said.ts'

const fonts = loadFonts()
const shown = (text: string): string => shownText(text, (codePoint) => fonts.has('plain', codePoint))
const measure = (text: string): number => text.length

test.each([
  ['what the font has stays', 'Ewa Żak, Дмитрий, عقد, שלום', 'Ewa Żak, Дмитрий, عقد, שלום'],
  ['what it lacks stands there by its number', '张伟 Wei', '⟨U+5F20 U+4F1F⟩ Wei'],
  ['so does an emoji, whole', 'ok 🧾', 'ok ⟨U+1F9FE⟩'],
  ['so does what nobody would see', 'a\u202Eb\u0000\u2069c\u200B', 'a⟨U+202E⟩b⟨U+0000 U+2069⟩c⟨U+200B⟩'],
  ['lines stay lines', 'a\r\nb\rc\td', 'a\nb\nc    d'],
])('%s', (_, text, expected) => expect(shown(text)).toBe(expected))

test('every character is there, by itself or by its number', () => {
  const all = Array.from({ length: 0x30000 }, (_, at) => at).filter((at) => at < 0xd800 || at > 0xdfff)
  const told = all.filter((codePoint) => {
    const text = shown(String.fromCodePoint(codePoint))
    return text === '' || (text.trim() === '' && !/[\s\u2800]/u.test(String.fromCodePoint(codePoint)))
  })
  expect(told).toEqual([])
})

const line = (said: Parameters<typeof shownText>[0]): string => linesOf(shownText(said, () => true), 999, measure).map((pieces) => pieces.map(({ text }) => text).join('')).join('|')

test('words from right to left stand in the order of reading, each turned by the font', () => {
  expect(line('אב גד')).toBe('גד אב')
  // Turned by the font, the brackets open to the right again.
  expect(line('אב (גד)')).toBe(')גד( אב')
})

test('what others wrote does not turn the words around it', () => {
  expect(line(phrase`${'אב'} (1) ${'גד'}`)).toBe('אב (1) גד')
  expect(line(phrase`“${'\u202eabc'}” was`)).toContain('was')
})

test('lines are not wider than they may be, and nothing is lost between them', () => {
  const text = 'some words and averyveryverylongone 👩‍👩‍👧👩‍👩‍👧 אבג דהו'
  const lines = linesOf(text, 10, measure)
  for (const pieces of lines) expect(pieces.map((piece) => piece.text).join('').trimEnd().length).toBeLessThanOrEqual(10)
  expect(lines.flat().map((piece) => [...piece.text].toSorted().join('')).join('').length).toBe(text.length)
})
