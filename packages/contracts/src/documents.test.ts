import { expect, test } from 'vitest'
import { addTags, fieldName, fieldValue, setMetadata, tagName } from './documents.ts'

const ID = '01890000-0000-7000-8000-000000000001'
const parsed = (schema: typeof tagName, value: string): string | null => schema.safeParse(value).data ?? null

test.each([
  ['Invoice', 'invoice'], ['  to pay ', 'to pay'], ['2026', '2026'], ['q1.draft-2_b', 'q1.draft-2_b'], ['ŻÓŁĆ', 'żółć'], ['Z\u0307o\u0301\u0142c\u0301', 'żółć'],
  ['नमस्ते', 'नमस्ते'], ['x'.repeat(40), 'x'.repeat(40)],
  ['', null], ['  ', null], ['-a', null], ['a/b', null], ['a\nb', null], ['a\u0000', null], ['a\u202eb', null], ['a,b', null], ['\u0301a', null], ['x'.repeat(41), null], ['\ud800', null],
])('the tag %j is %j', (given, tag) => {
  expect(parsed(tagName, given)).toBe(tag)
})

test('a tag that was taken is taken as it is from then on, whatever letters it is made of', () => {
  const wrong: string[] = []
  for (let point = 0; point <= 0x2ffff; point += 1) {
    const letter = String.fromCodePoint(point)
    for (const given of [letter, `a${letter}`]) {
      // What neither case nor form changes is taken as it is, or not at all.
      if (given.toLowerCase().normalize('NFC') === given) continue
      const once = parsed(tagName, given)
      if (once !== null && parsed(tagName, once) !== once) wrong.push(point.toString(16))
    }
  }
  expect(wrong).toEqual([])
})

test.each([
  ['amount', true], ['a', true], ['due_date2', true], ['x'.repeat(40), true],
  ['', false], ['Amount', false], ['2a', false], ['a-b', false], ['_a', false], ['constructor', false], ['__proto__', false], ['x'.repeat(41), false],
])('the field %j is allowed: %s', (name, allowed) => {
  expect(fieldName.safeParse(name).success).toBe(allowed)
})

test.each([
  ['x'.repeat(1000), true], ['', true], [0, true], [-1.5e300, true], [true, true], [false, true],
  ['x'.repeat(1001), false], ['a\u0000b', false], ['\ud800', false], [Infinity, false], [NaN, false], [[], false], [{}, false], [undefined, false],
])('the value of a field %j is allowed: %s', (value, allowed) => {
  expect(fieldValue.safeParse(value).success).toBe(allowed)
})

test('a change names 50 tags and 100 fields at most, one tag at least, and nothing that is unknown', () => {
  const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, null]))
  expect(setMetadata.input.safeParse({ id: ID, metadata: fields(100) }).success).toBe(true)
  expect(setMetadata.input.safeParse({ id: ID, metadata: fields(101) }).success).toBe(false)
  expect(setMetadata.input.safeParse({ id: ID, metadata: { constructor: 1 } }).success).toBe(false)
  expect(setMetadata.input.safeParse({ id: ID, metadata: {}, tags: [] }).success).toBe(false)
  const tags = (count: number) => Array.from({ length: count }, (_, n) => `t${n}`)
  expect(addTags.input.safeParse({ id: ID, tags: tags(50) }).success).toBe(true)
  for (const wrong of [tags(51), []]) expect(addTags.input.safeParse({ id: ID, tags: wrong }).success).toBe(false)
})
