import { describe, expect, test } from 'vitest'
import { defuse, escapeHtml, fill } from './fill.ts'

const values = new Map([['name', 'Ada'], ['html', `<b>"A" & 'B'</b>`], ['place', '{{name}}'], ['dollar', '$&$1']])

describe('a template', () => {
  test.each([
    ['Hello {{name}}, {{name}}.', 'Hello Ada, Ada.'],
    ['{{place}}', '{{name}}'],
    ['{{dollar}}', '$&$1'],
    ['{name} {{ {}', '{name} {{ {}'],
  ])('%s becomes %s', (words, filled) => expect(fill(words, values)).toBe(filled))

  test.each([
    '{{other}}', '{{}}', '{{ name }}', '{{name.length}}', '{{#if name}}', '{{/if}}', '{{constructor}}', '{{__proto__}}', '{{name()}}', '{{> name}}', '{{&name}}',
  ])('%s is refused', (words) => expect(() => fill(words, values)).toThrow(/not among its values/))

  test.each([
    'http://evil.example/x', 'https://evil.example', 'www.evil.example', 'evil.example', 'mailto:a@evil.example', 'a@evil.example', '//evil.example', '\\\\evil\\share',
    'See https://evil.example now',
  ])('%s becomes no link in a reader of mail, and reads as before', (value) => {
    const shown = defuse(value)
    // Scheme, host with a dot, and address: what the rules for making links of text look for.
    expect(shown).not.toMatch(/[a-z]+:\/|\/\/|\\\\|\bwww\.\w|\w\.\w|\w@\w|mailto:\w/i)
    expect(shown.replaceAll('\u2060', '')).toBe(value)
  })

  test.each(['Ada Lovelace', 'J. R. Hartley', 'Brandt & Co.', 'Ünal – Söhne'])('%s is left as it is', (value) => expect(defuse(value)).toBe(value))

  test('a value is escaped in HTML, where it is text and where it is an attribute', () => {
    expect(fill('{{html}}', values, escapeHtml)).toBe('&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;')
  })
})
