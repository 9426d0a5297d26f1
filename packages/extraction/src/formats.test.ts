import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { readHere } from './testing/read-here.ts'
import { formats } from './types.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const page = await readFile(join(root, 'docs', 'formats.md'), 'utf8')
const rows = [...page.matchAll(/^\| `(\w+)`.*\| `(examples\/\S+)` \|$/gm)].map(([, format = '', file = '']) => ({ format, file }))

test('every format has a row in docs/formats.md, and no row is of another', () => {
  expect([...new Set(rows.map(({ format }) => format))].toSorted()).toEqual([...formats].toSorted())
})

test.each(rows)('the example of the row $format, $file, is of that format and gives words, pixels to recognize or files', async ({ format, file }) => {
  const found = await readHere(await readFile(join(root, file)), { fileName: basename(file) })
  expect(found.format).toBe(format)
  expect(found.pages.length + found.attachments.length).toBeGreaterThan(0)
  expect(found.pages.every(({ text, needsOcr }) => needsOcr || text.trim() !== '')).toBe(true)
})
