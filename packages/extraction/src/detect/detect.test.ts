import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { excel4, lotus, openOffice1, wordPerfect } from '../testing/old-office.ts'
import { docxFile, odfFile, paragraph, pdfFile, pptxFile, xlsxFile } from '../testing/sample-files.ts'
import { detect } from './detect.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'detect-test-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function detected(bytes: Buffer | string, fileName = 'name') {
  const path = join(folder, 'file')
  await writeFile(path, bytes)
  return detect(path, fileName)
}

/** A compound file in miniature: its header and a directory entry of the given name at a multiple of 128. */
function compound(stream: string): Buffer {
  const file = Buffer.alloc(1_024)
  file.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
  const name = Buffer.from(`${stream}\0`, 'utf16le')
  name.copy(file, 512)
  file.writeUInt16LE(name.length, 512 + 64)
  return file
}

test.each([
  ['a PDF', pdfFile(['']), 'pdf'],
  ['a PDF behind junk', Buffer.concat([Buffer.from('junk\n'), pdfFile([''])]), 'pdf'],
  ['a PNG', Buffer.from('89504e470d0a1a0a0000', 'hex'), 'png'],
  ['a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex'), 'jpeg'],
  ['a little-endian TIFF', Buffer.from('49492a0008000000', 'hex'), 'tiff'],
  ['a big-endian TIFF', Buffer.from('4d4d002a00000008', 'hex'), 'tiff'],
  ['a Word file', docxFile(paragraph('x')), 'docx'],
  ['a workbook', xlsxFile(''), 'xlsx'],
  ['a presentation', pptxFile(), 'pptx'],
  ['an OpenDocument text', odfFile('text', ''), 'odt'],
  ['an OpenDocument sheet', odfFile('spreadsheet', ''), 'ods'],
] as const)('%s is known by its bytes under any name', async (_kind, bytes, format) => {
  for (const name of ['a.txt', 'a.pdf', 'a.exe', 'no-extension', '../../a.docx'])
    expect((await detected(Buffer.from(bytes), name)).format).toBe(format)
})

test.each([
  ['html', '<!-- made by hand --><!DOCTYPE html><p>x'],
  ['html', '\n\n<HTML><BODY>x</BODY></HTML>'],
  ['html', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"></html>'],
  ['eml', 'Received: from a by b; Mon, 1 Jun 2026\r\n\tmore\r\nFrom: a@example.com\r\nSubject: x\r\n\r\nbody'],
  ['eml', 'From: a@example.com\nTo: b@example.com\n\nbody'],
  ['csv', 'a,b,c\n1,2,3\n4,5,6\n'],
  ['csv', 'a;"b;b";c\n1;2;3\n4;5;6\n'],
  ['markdown', '# Title\n\n- one\n- two\n'],
  ['text', 'Just a few words, and, commas, here.\nAnd a second line.'],
  ['text', 'Note: this is no mail\nTo: do\n'],
  ['text', 'a < b and b > c'],
  ['text', 'What %PDF-1.7 means'],
] as const)('%s is known by its look: %j', async (format, text) => {
  expect((await detected(text)).format).toBe(format)
})

test('a memo with lines like those of a mail is text; a mail is told by its name, by what programs write, or by an address unless it is called a text', async () => {
  const memo = 'Date: 5 May 2026\nFrom: Tomas Brandt\nTo: The board\nBudget: 410000 crowns\n\nThe crane is old.\n'
  const addressed = memo.replace('Brandt', 'Brandt <tomas@example.com>')
  const formats = async (text: string) => Promise.all(['memo', 'memo.txt', 'memo.md', 'memo.eml'].map(async (name) => (await detected(text, name)).format))
  expect(await formats(memo)).toEqual(['text', 'text', 'markdown', 'eml'])
  expect(await formats(addressed)).toEqual(['eml', 'text', 'markdown', 'eml'])
  expect(await formats(`Message-ID: <1@example.com>\n${memo}`)).toEqual(['eml', 'eml', 'eml', 'eml'])
})

test('a name breaks the tie among kinds of text, and only there', async () => {
  expect((await detected('plain words', 'a.md')).format).toBe('markdown')
  expect((await detected('one,two\n', 'a.csv')).format).toBe('csv')
  expect((await detected('plain words', 'a.docx')).format).toBe('text')
})

test.each([
  ['a Word 97 file', compound('WordDocument'), 'application/msword', 'doc'],
  ['an Excel 97 file', compound('Workbook'), 'application/vnd.ms-excel', 'xls'],
  ['a PowerPoint 97 file', compound('PowerPoint Document'), 'application/vnd.ms-powerpoint', 'ppt'],
  ['an Outlook message', compound('__properties_version1.0'), 'application/vnd.ms-outlook', 'msg'],
  ['RTF', Buffer.from('{\\rtf1\\ansi x}'), 'application/rtf', 'rtf'],
  ['a GIF', Buffer.from('GIF89a\u0001\u0000\u0001\u0000\u0080\u0000\u0000\u0000\u0000\u0000', 'latin1'), 'image/gif', 'gif'],
  ['a WebP', Buffer.from('RIFF\u0004\u0000\u0000\u0000WEBP', 'latin1'), 'image/webp', 'webp'],
  ['a bitmap', Buffer.concat([Buffer.from('424d46000000000000003600000028000000', 'hex'), Buffer.alloc(40)]), 'image/bmp', 'bmp'],
  ['a packed file', Buffer.from('1f8b0800000000000003', 'hex'), 'application/gzip', 'gz'],
  ['a file with macros', docxFile('', {}, 'ms-word.document.macroEnabled.main'), 'application/vnd.ms-word.document.macroenabled.12', 'docx'],
  ['a mailbox', Buffer.from('From a@example.com Tue Jan 20 12:00:00 2026\nFrom: a@example.com\nSubject: x\n\nx\n'), 'application/mbox', 'mbox'],
] as const)('%s is told by its bytes, damaged or not', async (_kind, bytes, mime, format) => {
  expect(await detected(Buffer.from(bytes), 'a.txt')).toEqual({ mime, format })
})

test.each([
  ['a locked Office file', compound('EncryptedPackage'), 'application/x-ole-storage; encrypted'],
  ['any other compound file', compound('Something'), 'application/x-cfb'],
  ['a text of WordPerfect', wordPerfect('x'), 'application/vnd.wordperfect'],
  ['a sheet of Lotus 1-2-3', lotus([[1]]), 'application/vnd.lotus-1-2-3'],
  ['a sheet of Excel 4', excel4([[1]]), 'application/vnd.ms-excel'],
  ['a text of OpenOffice.org 1', openOffice1('x'), 'application/vnd.sun.xml.writer'],
  ['a text of StarWriter', compound('StarWriterDocument'), 'application/vnd.stardivision.writer'],
  ['a text of Works', compound('MatOST'), 'application/vnd.ms-works'],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'],
  ['EBCDIC', Buffer.from('c8859393964094a840868199859584404ba3888540a69699938440899a4081', 'hex'), 'application/octet-stream'],
  ['noise', Buffer.from(Array.from({ length: 600 }, (_, index) => (index * 197 + 31 * (index % 7)) % 256)), 'application/octet-stream'],
] as const)('%s is told by name and refused', async (_kind, bytes, mime) => {
  await expect(detected(Buffer.from(bytes))).rejects.toMatchObject({ reason: 'unsupported_type', mime })
})

test('a text with much blank space or many comments in front costs no more than its length', async () => {
  for (const front of [' '.repeat(60_000), '<!-- a -->'.repeat(6_000), '\n'.repeat(60_000)]) expect(await detected(`${front}a centred title, and what it is about`, 'a.txt')).toMatchObject({ format: 'text' })
})
