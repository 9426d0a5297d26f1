import { expect, test } from 'vitest'
import { ownParts } from './running-lines.ts'

const parts = (texts: readonly string[]) => {
  const own = ownParts(texts.map((text, at) => ({ number: at + 1, text })))
  return texts.map((text, at) => text.slice(own[at]?.start, own[at]?.end).trim())
}
const pages = (count: number, of: (page: number) => string) => Array.from({ length: count }, (_, at) => of(at + 1))

test('headers, footers and page numbers stay on the first page that bears them', () => {
  const own = parts(pages(5, (page) => `Ellery Yard\nReport of the year\n\nWhat page ${page * 7} says.\nMore.\n\nConfidential\nPage ${page + 2} of 12`))
  expect(own[0]).toBe('Ellery Yard\nReport of the year\n\nWhat page 7 says.\nMore.\n\nConfidential\nPage 3 of 12')
  expect(own.slice(1)).toEqual(pages(5, (page) => `What page ${page * 7} says.\nMore.`).slice(1))
})

test('numbers that do not count the pages, cells, long lines, and lines inside of a page are its own', () => {
  for (const of of [
    (page: number) => `Invoice ${page * page + 900}\nwords ${'abc'.repeat(page)}\nrest ${'x'.repeat(page)}`, (page: number) => `Name\tPrice\n${'y'.repeat(page)}`,
    (page: number) => `${'long '.repeat(30)}\n${'z'.repeat(page)}`, (page: number) => `${'a'.repeat(page)}\n${'b'.repeat(page)}\nthe same\n${'c'.repeat(page)}\n${'d'.repeat(page)}`,
  ]) expect(parts(pages(6, of))).toEqual(pages(6, of))
})

test('what stands on two pages, or on few of many, is no running line', () => {
  expect(parts(['Total\none', 'Total\ntwo'])).toEqual(['Total\none', 'Total\ntwo'])
  const few = pages(20, (page) => `${page <= 4 ? 'Chapter' : 'x'.repeat(page)}\n${'w'.repeat(page)}`)
  expect(parts(few)).toEqual(few)
})

test('a page of nothing else keeps all of it', () => {
  expect(parts(pages(4, (page) => `Draft\n${page}`))).toEqual(pages(4, (page) => `Draft\n${page}`))
  expect(parts(['', '', ''])).toEqual(['', '', ''])
})
