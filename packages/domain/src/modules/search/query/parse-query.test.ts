import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { queryFault, queryFaults } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'
import { wordsOf } from '../words.ts'
import { conditionOf, narrowingOf, type Narrowing } from './narrowing.ts'
import { parseQuery } from './parse-query.ts'

const narrowed = (query: string): Narrowing => narrowingOf(parseQuery(query).clauses.flatMap((clause) => conditionOf(clause) ?? []))
const faultOf = (query: string): { reason: string; at: string } => {
  try {
    narrowed(query)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'search.query_invalid') throw error
    const { reason, start, end } = queryFault.parse(error.details)
    return { reason, at: query.slice(start, end) }
  }
  throw new Error(`${query} was read`)
}

describe('words', () => {
  test.each([
    'what is the notice period?', 'meet at 10:30', 'see http://example.org/type:none', 'well-known state-of-the-art methods', 'a - b -- c', 'at -40 degrees', "o'neill's 5\" pipe",
    'owner: the king', 'what type: of wing', 'note:this', '(a) [b] {c}', '"', '""', 'a "', '-', '-"', 'tag:', 'tag:,', '!&|():*<->', "' or 1=1 --", 'e.g. and/or', '100% _x_', '京都 ประเทศ', '',
  ])('%j is words and nothing else', (query) => {
    expect(parseQuery(query)).toEqual({ text: query, phrases: [], without: [], clauses: [] })
  })

  test('whatever letters, marks and numbers stand side by side is read, and every word of it looked for, as long as no operator is written', () => {
    const plain = fc.stringMatching(/^[\p{L}\p{N}'’:;,.!?()/-]{0,12}$/u).filter((word) => !word.startsWith('-') && !/[([{]-|(?:type|tag|folder|owner|created|updated|pages|language|flow|name|title):/iu.test(word))
    fc.assert(fc.property(fc.array(plain, { maxLength: 12 }), (words) => {
      const query = words.join(' ')
      expect(parseQuery(query).text).toBe(query)
    }))
  })
})

describe('operators', () => {
  test('phrases are looked for too, what is left out and filters are not', () => {
    const read = parseQuery('roof "annual report" -draft -"not signed" type:pdf repair')
    expect(read.text).toBe('roof annual report repair')
    expect(read.phrases).toEqual([{ text: 'annual report', start: 5, end: 20 }])
    expect(read.without.map((piece) => piece.text)).toEqual(['draft', 'not signed'])
    expect(read.clauses).toEqual([{ field: 'type', not: false, values: [{ text: 'pdf', start: 47, end: 50 }], start: 42, end: 50 }])
  })

  test('marks of telephones, brackets, capitals and ends of sentences do no harm', () => {
    expect(parseQuery('“annual report”').phrases.map((p) => p.text)).toEqual(['annual report'])
    expect(parseQuery('„Jahresbericht 2025“ (Type:pdf)?').clauses[0]).toMatchObject({ field: 'type', values: [{ text: 'pdf' }] })
    expect(parseQuery('("annual report") roof').phrases).toHaveLength(1)
  })

  test('values may be several, quoted, and turned round', () => {
    expect(parseQuery('-tag:invoice,"to pay" folder:"Board, 2025/May"').clauses).toMatchObject([
      { field: 'tag', not: true, values: [{ text: 'invoice' }, { text: 'to pay' }] }, { field: 'folder', not: false, values: [{ text: 'Board, 2025/May' }] },
    ])
  })

  test.each<[string, Narrowing]>([
    ['type:pdf', { mimes: ['application/pdf'] }],
    ['type:pdf,png', { mimes: ['application/pdf', 'image/png'] }],
    ['type:pdf type:png', { mimes: [] }],
    ['type:image/gif -type:image/png', { mimes: ['image/gif'], notMimes: ['image/png'] }],
    ['tag:Invoice tag:a,b -tag:old', { tags: [['invoice'], ['a', 'b']], notTags: ['old'] }],
    ['language:PT', { languages: ['pt'] }],
    ['flow:approved', { flows: ['approved'] }],
    ['-flow:open', { notFlows: ['queued', 'running', 'waiting'] }],
    ['name:50%_\\', { names: [['%50\\%\\_\\\\%']] }],
    ['created:2025', { created: '{[2025-01-01T00:00:00.000Z,2026-01-01T00:00:00.000Z)}' }],
    ['created:>2025-01', { created: '{[2025-02-01T00:00:00.000Z,)}' }],
    ['created:>=2025-01', { created: '{[2025-01-01T00:00:00.000Z,)}' }],
    ['created:<2025-1-9', { created: '{(,2025-01-09T00:00:00.000Z)}' }],
    ['created:<=2024-02-29', { created: '{(,2024-03-01T00:00:00.000Z)}' }],
    ['updated:2025-01..2025-03', { updated: '{[2025-01-01T00:00:00.000Z,2025-04-01T00:00:00.000Z)}' }],
    ['created:2025-12..', { created: '{[2025-12-01T00:00:00.000Z,)}' }],
    ['created:2024,2026 -created:2024-03', { created: '{[2024-01-01T00:00:00.000Z,2024-03-01T00:00:00.000Z),[2024-04-01T00:00:00.000Z,2025-01-01T00:00:00.000Z),[2026-01-01T00:00:00.000Z,2027-01-01T00:00:00.000Z)}' }],
    ['pages:>10', { pages: '{[11,)}' }],
    ['pages:>=10 pages:<20', { pages: '{[10,20)}' }],
    ['-pages:5..10', { pages: '{(,5),[11,)}' }],
    ['pages:5 pages:6', { pages: '{}' }],
  ])('%s narrows to %j', (query, narrowing) => {
    expect(narrowed(query)).toEqual(narrowing)
  })
})

describe('faults', () => {
  test.each([
    ['find "annual report', 'quote_open', '"'], ['-"annual report', 'quote_open', '"'], ['folder:"Board', 'quote_open', '"'], ['type:pdf,"png', 'quote_open', '"'],
    ['type:constructor', 'type_unknown', 'constructor'], ['type:pdf,foo', 'type_unknown', 'foo'], ['a tag:§', 'tag_invalid', '§'], ['language:portuguese', 'language_invalid', 'portuguese'],
    ['😀 flow:done', 'flow_unknown', 'done'], ['created:2025-02-30', 'date_invalid', '2025-02-30'], ['created:yesterday', 'date_invalid', 'yesterday'], ['created:..', 'date_invalid', '..'],
    ['created:0099', 'date_invalid', '0099'], ['created:2026..2025', 'range_reversed', '2026..2025'], ['pages:ten', 'pages_invalid', 'ten'], ['pages:>', 'pages_invalid', '>'],
    ['pages:10..5', 'range_reversed', '10..5'], [Array.from({ length: 33 }, (_, i) => `-w${i}`).join(' '), 'too_many', '-w32'],
  ])('%s: %s at %s', (query, reason, at) => {
    expect(faultOf(query)).toEqual({ reason, at })
  })

  const pieces = fc.constantFrom('"', '“', '-', ':', ',', '..', '>', '<=', 'type:', 'tag:', '-folder:', 'created:', 'pages:', 'flow:', 'owner:me', 'pdf', '2025-01', '10', ' ', '(', ')', 'wing', '\0', '\uD800', '京')
  const query = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.array(fc.oneof(pieces, fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 40 }).map((parts) => parts.join('')))

  test('any text is read, or refused with a place inside of it, and a reason of the list', () => {
    fc.assert(fc.property(query, (text) => {
      try {
        const read = parseQuery(text)
        for (const piece of [...read.phrases, ...read.without, ...read.clauses.flatMap((clause) => clause.values)]) expect(text.slice(piece.start, piece.end)).toContain(piece.text)
        narrowed(text)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        const fault = queryFault.parse(error.details)
        expect(fault.message).toBe(queryFaults[fault.reason])
        expect(fault.start).toBeGreaterThanOrEqual(0)
        expect(fault.end).toBeGreaterThan(fault.start)
        expect(fault.end).toBeLessThanOrEqual(text.length)
      }
    }), { numRuns: 2000 })
  })

  test('words that no operator took are looked for', () => {
    fc.assert(fc.property(query, fc.constantFrom('gyroscope', 'café'), (text, word) => {
      try {
        expect(wordsOf(parseQuery(`${word} ${text}`).text).map((w) => w.text)).toContain(word)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
      }
    }))
  })
})
