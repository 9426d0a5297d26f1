import { expect, test } from 'vitest'
import { readHere } from '../../testing/read-here.ts'
import { pdfFile, textContent } from '../../testing/sample-files.ts'

const file = (name: string, stream: number) => `<< /Type /Filespec /F (${name}) /UF (${name}) /EF << /F ${stream} 0 R >> >>`
const stream = (content: string) => `<< /Type /EmbeddedFile /Length ${content.length} /Params << /Size ${content.length} >> >>\nstream\n${content}\nendstream`

test('files in the list of a PDF and at pins on its pages are kept for readings of their own, each once', async () => {
  const bytes = pdfFile([textContent(['See the attached files'])], {
    catalog: '/Names << /EmbeddedFiles << /Names [(one) 6 0 R (again) 6 0 R] >> >>', annotations: '/Annots [10 0 R 11 0 R]',
    more: [
      file('listed.txt', 7), stream('in the list'), file('../pinned.txt', 9), stream('at a pin'),
      '<< /Type /Annot /Subtype /FileAttachment /FS 8 0 R /Rect [10 10 30 30] >>', '<< /Type /Annot /Subtype /FileAttachment /FS 6 0 R /Rect [40 10 60 30] >>',
    ],
  })
  const { pages, attachments } = await readHere(bytes)
  expect(pages).toEqual([{ text: 'See the attached files', needsOcr: false }])
  expect(attachments.map(({ fileName, bytes: content }) => [fileName, content.toString()])).toEqual([['listed.txt', 'in the list'], ['../pinned.txt', 'at a pin']])
})

test('a file that is larger than what may be unpacked is refused, one without bytes is left out', async () => {
  const of = (content: string) => pdfFile([textContent(['x'])], { catalog: '/Names << /EmbeddedFiles << /Names [(one) 6 0 R] >> >>', more: [file('a.txt', 7), stream(content)] })
  await expect(readHere(of('words '.repeat(1_000)), { limits: { unpackedBytes: 1_000 } })).rejects.toMatchObject({ reason: 'output_limit' })
  expect(await readHere(of(''))).toMatchObject({ attachments: [], warnings: [] })
})
