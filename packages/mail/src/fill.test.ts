import { describe, expect, test } from 'vitest'
import { escapeHtml, fill } from './fill.ts'

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

  test('a value is escaped in HTML, where it is text and where it is an attribute', () => {
    expect(fill('{{html}}', values, escapeHtml)).toBe('&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;')
  })
})
