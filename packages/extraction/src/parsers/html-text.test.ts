import { expect, test } from 'vitest'
import { htmlToText } from './html-text.ts'

const lines = (html: string): string[] => htmlToText(html).split('\n').filter((line) => line !== '')

test('a row of a table is a line, whatever blocks its cells are made of', () => {
  const cell = (inside: string) => `<td>${inside}</td>`
  const table = `<table><tr><th><p>Ship</p></th><th><div>Tonnes</div></th></tr><tr>${cell('<p>Aurora</p><p>of Bergen</p>')}${cell('998<br>net')}</tr><tr>${cell('Boreas')}${cell('')}</tr></table>`
  expect(lines(`<p>Before</p>${table}<p>After</p>`)).toEqual(['Before', 'Ship\tTonnes', 'Aurora of Bergen\t998 net', 'Boreas', 'After'])
})

test('a page that is laid out by tables keeps its paragraphs, and tables within it their rows', () => {
  const words = 'A sentence of the letter that goes on for some time, as letters do. '.repeat(6)
  const inner = '<table><tr><td>Berth</td><td>Price</td></tr><tr><td>7</td><td>410</td></tr></table>'
  const letter = `<table><tr><td>Logo</td></tr><tr><td><p>${words}</p><p>Second paragraph</p>${inner}<p>Last</p></td></tr></table>`
  expect(lines(letter)).toEqual(['Logo', words.trim(), 'Second paragraph', 'Berth\tPrice', '7\t410', 'Last'])
  expect(lines(`<table><tr><td>${inner}</td></tr></table>`)).toEqual(['Berth\tPrice', '7\t410'])
})

test('entries of numbered lists begin with their numbers, as the page writes them', () => {
  expect(lines('<ol><li>One<ol type="a"><li>Alpha</li><li>Beta</li></ol></li><li>Two<ul><li>Dash</li></ul></li><li value="7">Seven</li><li>Eight</li></ol><ul><li>Dash</li></ul>'))
    .toEqual(['1. One', 'a. Alpha', 'b. Beta', '2. Two', '- Dash', '7. Seven', '8. Eight', '- Dash'])
  expect(lines('<ol start="4" type="I"><li>Four</li><li>Five</li></ol><ol reversed start="2"><li>Two</li><li>One</li></ol><ol reversed><li>Some</li></ol>'))
    .toEqual(['IV. Four', 'V. Five', '2. Two', '1. One', '- Some'])
  expect(lines('<ol start="1e99" type="x"><li value="no">One</li></ol><li>Alone</li>')).toEqual(['1. One', '- Alone'])
})

test('of cells without end the words are kept', () => {
  expect(lines(`${'<table><tr><td>deep</td><td>'.repeat(5_000)}last`).join('\t').split('\t').filter((word) => word !== '')).toEqual([...Array<string>(5_000).fill('deep'), 'last'])
})

test('what is not closed is read all the same', () => {
  expect(lines('<table><tr><td>One<td>Two<tr><td>Three<td><p>Four')).toEqual(['One\tTwo', 'Three\tFour'])
})
