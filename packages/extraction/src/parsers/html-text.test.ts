import { expect, test } from 'vitest'
import { htmlToText } from './html-text.ts'

const lines = (html: string): string[] => htmlToText(html).split('\n').filter((line) => line !== '')
const row = (...cells: readonly string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
const long = 'A sentence of the letter that goes on for some time, as letters do. '.repeat(6).trim()

test('a row of a table is a line, whatever blocks its cells are made of and however long a line of them is', () => {
  const table = `<table><tr><th><p>Ship</p></th><th><div>Tonnes</div></th></tr>${row('<p>Aurora</p><p>of Bergen</p>', '998<br>net')}${row('Boreas', '')}${row('7', long, '12 EUR')}</table>`
  expect(lines(`<p>Before</p>${table}<p>After</p>`)).toEqual(['Before', 'Ship\tTonnes', 'Aurora of Bergen\t998 net', 'Boreas', `7\t${long}\t12 EUR`, 'After'])
})

test('a page that is laid out by tables keeps its paragraphs, lists and headings, and tables within it their rows and columns', () => {
  const inner = `<table>${row('', '2025', '2026')}${row('Berth', '7', '8')}</table>`
  const letter = `<table>${row('Logo')}${row(`<p>${long}</p><p>Second paragraph</p>${inner}<p>Last</p>`)}${row('<h1>Order</h1><p>Dear Ann,</p><p>It was shipped.</p><ul><li>Rope<li>Anchor</ul><p>Bob</p>')}</table>`
  expect(lines(letter)).toEqual(['Logo', long, 'Second paragraph', '\t2025\t2026', 'Berth\t7\t8', 'Last', 'Order', 'Dear Ann,', 'It was shipped.', '- Rope', '- Anchor', 'Bob'])
  expect(lines(`<table>${row('Note', `<p>${long}</p><ul><li>One</li></ul>`, 'left', 'right')}</table>`)).toEqual(['Note', long, '- One', 'left\tright'])
  expect(lines(`<table>${row('<pre>one\n  two</pre>')}</table>`)).toEqual(['one', '  two'])
})

test('entries of numbered lists begin with their numbers, as the page writes them', () => {
  expect(lines('<ol><li>One<ol type="a"><li>Alpha</li><li>Beta</li></ol></li><li>Two<ul><li>Dash</li></ul></li><li value="7">Seven</li><li>Eight</li></ol><ul><li>Dash</li></ul>'))
    .toEqual(['1. One', 'a. Alpha', 'b. Beta', '2. Two', '- Dash', '7. Seven', '8. Eight', '- Dash'])
  expect(lines('<ol start="4" type="I"><li>Four</li><li>Five</li></ol><ol reversed start="2"><li>Two</li><li>One</li></ol><ol reversed><li>Some</li></ol>'))
    .toEqual(['IV. Four', 'V. Five', '2. Two', '1. One', '- Some'])
  expect(lines('<ol type="constructor"><li>One</li></ol><ol style="list-style: constructor"><li>One</li></ol>')).toEqual(['1. One', '1. One'])
  expect(lines('<ol start="1e99" type="x"><li value="no">One</li></ol><li>Alone</li>')).toEqual(['1. One', '- Alone'])
  expect(lines('<ol style="list-style-type: lower-alpha"><li>One</li></ol><ul style="margin:0; list-style:none"><li>Home</li></ul>')).toEqual(['a. One', 'Home'])
})

test('a mark stands before the first words of its entry, in whatever block they are', () => {
  expect(lines('<ol><li><p>One</p><p>more</p></li><li>\n <div>Two</div></li><li></li><li><img alt="Three"></li></ol>Four')).toEqual(['1. One', 'more', '2. Two', '4. Three', 'Four'])
})

test('of cells without end the words are kept', () => {
  expect(lines(`${'<table><tr><td>deep</td><td>'.repeat(5_000)}last`).join('\t').split('\t').filter((word) => word !== '')).toEqual([...Array<string>(5_000).fill('deep'), 'last'])
})

test('what is not closed, or stands outside of rows, is read all the same', () => {
  expect(lines('<table><tr><td>One<td>Two<tr><td>Three<td><p>Four')).toEqual(['One\tTwo', 'Three\tFour'])
  expect(lines('<table><td>One</td><td>Two</td></table><td>Three')).toEqual(['One', 'Two', 'Three'])
})
