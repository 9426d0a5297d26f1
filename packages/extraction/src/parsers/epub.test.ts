import { strToU8, zipSync, type Zippable } from 'fflate'
import { expect, test } from 'vitest'
import { readHere } from '../testing/read-here.ts'

const container = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
const book = `<package><metadata><dc:title>The Book</dc:title><dc:creator>A. Writer</dc:creator></metadata><manifest>
  <item id="one" href="one.xhtml"/><item id="two" href="part%20two/two.xhtml#top"/><item id="nav" href="nav.xhtml"/></manifest>
  <spine><itemref idref="two"/><itemref idref="one"/></spine></package>`
const chapter = (text: string) => strToU8(`<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body><h1>${text}</h1><script>gone()</script></body></html>`)

function epub(more: Zippable = {}): Buffer {
  return Buffer.from(zipSync({
    mimetype: [strToU8('application/epub+zip'), { level: 0 }], 'META-INF/container.xml': strToU8(container), 'OPS/book.opf': strToU8(book),
    'OPS/one.xhtml': chapter('Chapter one'), 'OPS/part two/two.xhtml': chapter('Chapter two'), 'OPS/nav.xhtml': chapter('Not in the order of reading'), ...more,
  }))
}

test('chapters come in the order of reading on pages of their own, after title and authors', async () => {
  expect(await readHere(epub())).toMatchObject({
    mime: 'application/epub+zip', format: 'epub', pages: [{ text: 'The Book\nA. Writer\nChapter two' }, { text: 'Chapter one' }], attachments: [],
  })
})

test('locked chapters are said to be so, scrambled fonts do not matter', async () => {
  const secret = (part: string) => ({ 'META-INF/encryption.xml': strToU8(`<encryption><EncryptedData><CipherData><CipherReference URI="${part}"/></CipherData></EncryptedData></encryption>`) })
  await expect(readHere(epub(secret('OPS/one.xhtml')))).rejects.toMatchObject({ reason: 'unsupported_type' })
  expect((await readHere(epub(secret('OPS/font.otf')))).pages).toHaveLength(2)
})

test('a chapter that is not in the file is a page that could not be read; where none is there the book is damaged', async () => {
  const spine = (...ids: string[]) => ({ 'OPS/book.opf': strToU8(book.replace(/<spine>.*<[/]spine>/s, `<spine>${ids.map((id) => `<itemref idref="${id}"/>`).join('')}</spine>`).replace('nav.xhtml', 'lost.xhtml')) })
  const found = await readHere(epub(spine('nav', 'one', 'unnamed')))
  expect(found.pages.map(({ text }) => text)).toEqual(['', 'The Book\nA. Writer\nChapter one', ''])
  expect(found.pageWarnings).toEqual({ 1: ['corrupt'], 3: ['corrupt'] })
  await expect(readHere(epub(spine('nav')))).rejects.toMatchObject({ reason: 'corrupt' })
})

test('a book whose chapters are not there is empty', async () => {
  await expect(readHere(epub({ 'OPS/book.opf': strToU8('<package><spine/></package>') }))).rejects.toMatchObject({ reason: 'empty' })
})
