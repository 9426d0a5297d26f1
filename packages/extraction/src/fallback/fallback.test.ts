import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { compoundFile } from '../../../../scripts/examples/compound.ts'
import { word97 } from '../../../../scripts/examples/word97.ts'
import { openCompound } from '../archive/compound.ts'
import { ExtractionError } from '../errors.ts'
import { createDocumentReader } from '../read-document.ts'
import type { DocumentReader } from '../api.types.ts'
import { lockedWord } from '../testing/lock-office.ts'
import { excel4, lotus, openOffice1, wordPerfect } from '../testing/old-office.ts'
import { docxFile, paragraph } from '../testing/sample-files.ts'
import { defaultLimits } from '../types.ts'
import { convertByOffice, socketName } from './convert.ts'
import { hidesNetwork, usableOffice } from './office.ts'
import { wayAround } from './ways.ts'

const office = await usableOffice()
if (office === null) process.stderr.write('\n*** LibreOffice is not here, or would have a network: reading by it is NOT tested ***\n\n')

let folder = ''
let reader: DocumentReader
let alone: DocumentReader
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fallback-test-'))
  reader = createDocumentReader({ tempDir: folder })
  alone = createDocumentReader({ tempDir: folder, fallback: false })
})
afterAll(async () => {
  await Promise.all([reader.close(), alone.close()])
  await rm(folder, { recursive: true, force: true })
})

async function read(bytes: Uint8Array, { by = reader, signal = new AbortController().signal }: { by?: DocumentReader; signal?: AbortSignal } = {}) {
  const workDir = await mkdtemp(join(folder, 'doc-'))
  const path = join(workDir, 'file')
  await writeFile(path, bytes)
  try {
    return await by.readDocument({ owner: 'somebody', path, fileName: 'file', workDir, signal })
  } finally {
    // Whatever came of it, nothing is left of it.
    expect(await readdir(workDir)).toEqual(['file'])
  }
}

/** A Word file without the list of its pieces, which our reader needs and LibreOffice makes up for. */
function wordWithoutPieces(): Buffer {
  const text = 'First paragraph\rSecond paragraph\r'
  const compound = openCompound(word97({ body: text }))
  const [main, tables] = ['WordDocument', '1Table'].map((name) => {
    const node = compound.find(name)
    return node === undefined ? Buffer.alloc(0) : Buffer.from(compound.read(node))
  }) as [Buffer, Buffer]
  main.write(text, 1_024, 'latin1')
  ;[1_024, 1_024 + text.length].forEach((place, index) => main.writeUInt32LE(place, 24 + index * 4))
  main.fill(0, 0x1a2, 0x1aa)
  return compoundFile({ 'WordDocument': main, '1Table': tables })
}

const rows = [['Berth', 'Metres'], ['N1', 12.5]]
const fallenBack = { reason: 'read_by_fallback', pages: [], names: [] }

test('LibreOffice is asked for what is damaged or of no kind that our readers know, and for nothing else', () => {
  const way = (reason: ExtractionError['reason'], mime: string) => wayAround(new ExtractionError(reason, 'x', { mime }))
  expect(way('corrupt', 'application/msword')).toMatchObject({ filter: 'MS Word 97', to: 'odt' })
  expect(way('unsupported_type', 'application/vnd.wordperfect')).toMatchObject({ filter: 'WordPerfect', to: 'odt' })
  for (const reason of ['password_required', 'password_wrong', 'memory_limit', 'cpu_limit', 'output_limit', 'empty', 'internal', 'cancelled'] as const) expect(way(reason, 'application/msword')).toBeNull()
  for (const mime of ['application/pdf', 'application/zip', 'image/svg+xml', 'application/octet-stream']) for (const reason of ['corrupt', 'unsupported_type'] as const) expect(way(reason, mime)).toBeNull()
})

test('a machine that cannot take the network away has no LibreOffice that is used', () => {
  for (const [namespace, hides] of [['none', false], ['net', true], ['user-net', true]] as const) expect(hidesNetwork({ namespace, rlimits: true, dieWithParent: true })).toBe(hides)
})

test('where LibreOffice is not used, what it alone could read is of no kind that is read', async () => {
  await expect(read(wordPerfect('x'), { by: alone })).rejects.toMatchObject({ reason: 'unsupported_type', mime: 'application/vnd.wordperfect' })
})

describe.skipIf(office === null)('LibreOffice, where it is installed', { timeout: 120_000 }, () => {
  test.concurrent.each([
    ['WordPerfect', wordPerfect('First words\nSecond line\n'), { mime: 'application/vnd.wordperfect', extractor: 'wordperfect', text: 'First words\nSecond line' }],
    ['Lotus 1-2-3', lotus(rows), { mime: 'application/vnd.lotus-1-2-3', extractor: 'lotus', text: 'Sheet1\nBerth\tMetres\nN1\t12.5' }],
    ['Excel 4', excel4(rows), { mime: 'application/vnd.ms-excel', extractor: 'xls', text: 'Sheet1\nBerth\tMetres\nN1\t12.5' }],
    ['OpenOffice.org 1', openOffice1('First words', 'Šál'), { mime: 'application/vnd.sun.xml.writer', extractor: 'sxw', text: 'First words\nŠál' }],
    ['Word, damaged', wordWithoutPieces(), { mime: 'application/msword', extractor: 'doc', text: 'First paragraph\nSecond paragraph' }],
  ])('reads a file of %s, which says who read it and warns', async (_program, bytes, { mime, extractor, text }) => {
    expect(await read(bytes)).toMatchObject({
      mime, pages: [{ number: 1, text, needsOcr: false }], warnings: [fallenBack], provenance: { extractor, engine: 'libreoffice', model: null, version: office?.version },
    })
  })

  test('is not asked for what our own readers read, nor for what is locked', async () => {
    for (const [bytes, extractor] of [[word97({ body: 'Sound\r' }), 'doc'], [docxFile(paragraph('Sound')), 'docx']] as const)
      expect(await read(bytes)).toMatchObject({ provenance: { extractor, engine: 'built-in' }, warnings: [] })
    await expect(read(lockedWord(word97({ body: 'Locked\r' }), 'secret'))).rejects.toMatchObject({ reason: 'password_required' })
  })

  test('leaves the first reason where it cannot read the file either', async () => {
    const hollow = Buffer.from(zipSync({ 'mimetype': [Buffer.from('application/vnd.oasis.opendocument.text'), { level: 0 }], 'content.xml': Buffer.alloc(0) }))
    hollow.fill(0xff, hollow.indexOf('content.xml') - 30, hollow.indexOf('content.xml'))
    await expect(read(hollow)).rejects.toMatchObject({ reason: 'corrupt', mime: 'application/vnd.oasis.opendocument.text', message: expect.stringContaining('entry of the archive') as string })
  })

  test('follows no link to another file', async () => {
    const secret = join(import.meta.dirname, '../../../../examples/workshop-rules.odt')
    const link = `<text:section text:name="s"><text:section-source xlink:type="simple" xlink:href="${pathToFileURL(secret).href}" text:filter-name="writer8"/><text:p>Own words</text:p></text:section>`
    const names = { o: 'urn:oasis:names:tc:opendocument:xmlns:office:1.0', t: 'urn:oasis:names:tc:opendocument:xmlns:text:1.0' }
    const path = join(folder, 'linking.fodt')
    await writeFile(path, `<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="${names.o}" xmlns:text="${names.t}" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text"><office:body><office:text>${link}</office:text></office:body></office:document>`)
    const to = join(folder, 'linking.odt')
    const way = { mime: 'x', extractor: 'x', filter: 'OpenDocument Text Flat XML', to: 'odt' } as const
    if (office !== null) await convertByOffice({ path, to, workDir: folder, way, office, limits: defaultLimits, signal: new AbortController().signal })
    const { pages } = await read(readFileSync(to))
    expect(pages.map(({ text }) => text)).toEqual(['Own words'])
  })

  test('is killed with all that it started when nobody waits for it any more, and leaves nothing', async () => {
    const aborting = new AbortController()
    // So long that it is at work whenever we look.
    const ended = read(wordPerfect('A line of a long letter\n'.repeat(200_000)), { signal: aborting.signal }).catch((error: unknown) => error)
    const profile = await vi.waitFor(() => profileIn(folder) ?? Promise.reject(new Error('not started')), { timeout: 60_000, interval: 20 })
    const socket = join('/tmp', socketName(profile))
    await vi.waitFor(() => expect(existsSync(socket)).toBe(true), { timeout: 60_000, interval: 5 })
    aborting.abort()
    expect(await ended).toMatchObject({ reason: 'cancelled' })
    expect(profileIn(folder)).toBeNull()
    expect(existsSync(socket)).toBe(false)
  })
})

/** The profile of a LibreOffice that works below `place`, as it was told when it was started. */
function profileIn(place: string): string | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      const profile = words.find((word) => word.startsWith('-env:UserInstallation='))?.slice('-env:UserInstallation='.length)
      if (words[0]?.endsWith('soffice.bin') === true && profile?.includes(place) === true) return profile
    } catch {
      // It ended in the meantime.
    }
  }
  return null
}
