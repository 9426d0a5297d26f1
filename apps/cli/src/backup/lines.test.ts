import { mkdtemp, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLines, writeLines } from './lines.ts'

let dir: string
beforeAll(async () => { dir = await mkdtemp(join(tmpdir(), 'intellidocs-lines-')) })
afterAll(async () => { await rm(dir, { recursive: true, force: true }) })

const MB = 1024 * 1024
const short = Array.from({ length: 30_000 }, () => 60)
const line = (length: number, at: number): string => `${at} ${'naïve\u2028漢\n'.repeat(Math.ceil(length / 8))}`.slice(0, length)

async function readAll(path: string): Promise<string[]> {
  const read: string[] = []
  for await (const batch of readLines<string>(path)) read.push(...batch)
  return read
}

test.each([
  ['no line', []],
  ['one line', [10]],
  ['lines about as long as what is read at once', [MB - 1, MB, MB + 1, 3 * MB, 1, 0, MB]],
  ['long lines between thousands of short ones', [...short, 8 * MB, 5, 8 * MB, ...short]],
])('%s come back as they were written, each once and in order', async (name, lengths) => {
  const lines = lengths.map(line)
  const path = join(dir, `${name.replaceAll(/\W/g, '_')}.gz`)
  async function* halves(): AsyncIterable<string[]> {
    yield lines.slice(0, lines.length / 2)
    yield lines.slice(lines.length / 2)
  }
  expect(await writeLines(path, halves())).toMatchObject({ lines: lines.length })
  const read = await readAll(path)
  expect(read.length).toBe(lines.length)
  expect(read.every((text, at) => text === lines[at])).toBe(true)
})

test('a file that ends in the middle fails the reading instead of giving fewer lines', async () => {
  const path = join(dir, 'cut.gz')
  async function* all(): AsyncIterable<string[]> { yield Array.from({ length: 5000 }, (_, at) => `${Math.sin(at)}`) }
  await writeLines(path, all())
  await truncate(path, Math.floor((await stat(path)).size / 2))
  await expect(readAll(path)).rejects.toThrow(/unexpected end/)
})
