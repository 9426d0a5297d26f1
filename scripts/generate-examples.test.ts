import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const committed = join(import.meta.dirname, '..', 'examples')
const made = mkdtempSync(join(tmpdir(), 'intellidocs-examples-'))
/** Pictures are encoded by a native library whose last bit may differ on another platform. */
const isPicture = (name: string) => /^(delivery-note-scan\.pdf|crane-inspection-photo\.jpg|formats\/crane-sheet\..*)$/.test(name)
/** Locked by LibreOffice and the programs that people pack archives with, whose salts are of chance; the script cannot write them again. */
const isLockedElsewhere = (name: string) => /^formats\/.*-locked(-pkzip)?\.(odt|ods|doc|xls|zip)$/.test(name)
const filesIn = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile()).map((name) => name.replaceAll('\\', '/')).sort()

beforeAll(() => {
  execFileSync('node', [join(import.meta.dirname, 'generate-examples.ts'), made])
})
afterAll(() => rmSync(made, { recursive: true, force: true }))

test('the committed examples are exactly what the script writes', () => {
  const names = filesIn(made)
  expect(filesIn(committed).filter((name) => name !== 'README.md' && !name.startsWith('flows/') && !isLockedElsewhere(name))).toEqual(names)
  const compared = process.platform === 'linux' && process.arch === 'x64' ? names : names.filter((name) => !isPicture(name))
  const differing = compared.filter((name) => !readFileSync(join(made, name)).equals(readFileSync(join(committed, name))))
  expect(differing).toEqual([])
})

test('the examples are small, and the README names each of them', () => {
  const names = [...filesIn(made), ...filesIn(committed).filter(isLockedElsewhere)]
  expect(names.length).toBeGreaterThanOrEqual(10)
  expect(names.reduce((sum, name) => sum + statSync(join(committed, name)).size, 0)).toBeLessThan(1_500_000)
  const readme = readFileSync(join(committed, 'README.md'), 'utf8')
  expect(names.filter((name) => !readme.includes(`\`${name.replace('formats/', '')}\``))).toEqual([])
})
