import { createServer, type AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Document, Hit } from '@intellidocs/contracts'
import { freePort, isFree } from '@intellidocs/kernel'
import { expect, test } from 'vitest'
import { showHit } from './passages.ts'
import { checkPort, takeDataFolder } from './preflight.ts'
import { createProgress } from './progress.ts'
import { StartError } from './start-error.ts'

const colours = /\u001b\[\d+m/g
const hit = (passage: string, highlights: Hit['highlights']): Hit => ({ name: 'a.pdf', page: 4, passage, highlights } as Hit)

test('a hit names document and page and marks the words where they stand', () => {
  expect(showHit(hit('the old storm broke it', [{ start: 8, end: 13 }]), 1).replaceAll(colours, '')).toMatch(/1\. a\.pdf, page 4\n\s+the old \[?storm\]? broke it/)
})

test('a long passage is shown around its first word, and control characters never reach the terminal', () => {
  const shown = showHit(hit(`${'before '.repeat(60)}\u001b]0;evil\u0007 storm${' after'.repeat(60)}`, [{ start: 430, end: 435 }]), 2)
  expect(shown.length).toBeLessThan(400)
  expect(shown).toContain('…')
  expect(shown.replaceAll(colours, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
})

test('a log gets one line for each document when it has ended, and no bars', () => {
  let written = ''
  const progress = createProgress({ write: (text: string | Uint8Array) => { written += String(text); return true } })
  const document = { id: '1', name: 'a.pdf', createdAt: '2026', reason: null, pages: 1, language: 'en', progress: { stage: 'ocr', pagesDone: 0, pages: 1 } }
  const as = (state: Document['state']): Document => ({ ...document, state }) as Document
  progress.show([as('processing')])
  expect(written).toBe('')
  progress.show([as('ready')])
  progress.show([as('ready')])
  expect(written).toBe('  a.pdf: ready, 1 page, en\n')
})

test('a log line of a document that ended badly says why', () => {
  let written = ''
  const progress = createProgress({ write: (text: string | Uint8Array) => { written += String(text); return true } })
  progress.show([{ id: '2', name: 'b.pdf', createdAt: '2026', state: 'failed', reason: 'corrupt', pages: null, language: null } as Document])
  expect(written).toBe('  b.pdf: failed: corrupt\n')
})

test('a port in use is found, and the line says which port to take instead', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  expect(await isFree(port)).toBe(false)
  expect(await freePort(port)).not.toBe(port)
  await expect(checkPort(port)).rejects.toMatchObject({ message: `port ${port} is in use`, mend: expect.stringContaining('PORT=') })
  await new Promise((resolve) => { server.close(resolve) })
  expect(await isFree(port)).toBe(true)
})

test('a data folder belongs to one start at a time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'intellidocs-folder-'))
  const lock = await takeDataFolder(folder)
  const second = await takeDataFolder(folder).catch((error: unknown) => error)
  expect(second).toBeInstanceOf(StartError)
  expect(second).toMatchObject({ message: `the data folder ${folder} is in use by process ${process.pid} on ${hostname()}` })
  await lock.release()
  await (await takeDataFolder(folder)).release()
  rmSync(folder, { recursive: true, force: true })
})

test('a data folder that cannot be made is one clear line', async () => {
  const below = join(import.meta.filename, 'a-file-is-no-folder')
  await expect(takeDataFolder(below)).rejects.toMatchObject({ message: expect.stringContaining(`${below} cannot be written`) })
})
