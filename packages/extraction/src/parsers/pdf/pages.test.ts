import { expect, test } from 'vitest'
import { readHere } from '../../testing/read-here.ts'
import { pdfFile, textContent } from '../../testing/sample-files.ts'

test('a page without words is blank only where no ink is on it', async () => {
  const pages = ['', '1 g 0 0 612 792 re f', '0 g 100 100 m 400 500 l S', '0.5 g 10 10 3 3 re f']
  const found = await readHere(pdfFile([...pages, textContent(['Words'])]))
  expect(found.pages.map(({ needsOcr }) => needsOcr)).toEqual([false, false, true, true, false])
})

test('a page that cannot be opened says so, and the others are read', async () => {
  const broken = pdfFile([textContent(['First']), textContent(['Second'])]).toString('latin1').replace('/Kids [4 0 R 6 0 R]', '/Kids [4 0 R 3 0 R]')
  expect(await readHere(Buffer.from(broken, 'latin1'))).toMatchObject({ pages: [{ text: 'First' }, { text: '', needsOcr: false }], pageWarnings: { 2: ['corrupt'] } })
})
