import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectFiles, documentNameOf, idempotencyKeyOf } from './collect.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-walk-'))
  await mkdir(join(dir, 'b', 'deep'), { recursive: true })
  await mkdir(join(dir, '.git'))
  for (const path of ['b/2.txt', 'b/deep/3.txt', 'a.txt', '.hidden', '.git/config']) await writeFile(join(dir, path), path)
  await symlink('.', join(dir, 'b', 'loop'))
  await symlink('nowhere', join(dir, 'dangling'))
})
afterAll(() => rm(dir, { recursive: true }))

test('folders are walked in order, hidden files passed by, and what cannot be read is named without stopping the rest', async () => {
  const { files, problems } = await collectFiles([dir, '/nowhere/at/all'])
  expect(files.map(({ path }) => path.slice(dir.length + 1))).toEqual(['a.txt', 'b/2.txt', 'b/deep/3.txt'])
  expect(problems).toContainEqual({ path: '/nowhere/at/all', message: 'there is no such file' })
  expect(problems).toContainEqual({ path: join(dir, 'dangling'), message: 'there is no such file' })
})

test('a folder that links back to itself ends, and no file is sent twice for it', async () => {
  const { files } = await collectFiles([join(dir, 'b')])
  expect(files.map(({ name }) => name)).toEqual(['2.txt', '3.txt'])
})

test('a file named twice counts once, and a hidden one counts when it is named', async () => {
  const { files } = await collectFiles([join(dir, 'a.txt'), join(dir, 'a.txt'), join(dir, '.hidden')])
  expect(files.map(({ name }) => name)).toEqual(['a.txt', '.hidden'])
})

test('the key of a file is the same at every run and another for another folder, content, time or round', () => {
  const file = { path: '/a', name: 'a', size: 1, mtimeMs: 2 }
  const keys = [
    idempotencyKeyOf(file, null), idempotencyKeyOf({ ...file, size: 2 }, null), idempotencyKeyOf({ ...file, mtimeMs: 3 }, null),
    idempotencyKeyOf(file, 'folder'), idempotencyKeyOf(file, null, 'again'),
  ]
  expect(new Set(keys).size).toBe(5)
  expect(idempotencyKeyOf({ ...file }, null)).toBe(keys[0])
  for (const key of keys) expect(key).toMatch(/^[\u0021-\u007e]{1,200}$/)
})

test.each([
  ['/x/report.pdf', 'report.pdf'], ['/x/a\u001bb\n.txt', 'a_b_.txt'], ['/x/e\u0301.txt', '\u00e9.txt'],
  [`/x/${'n'.repeat(320)}.pdf`, `${'n'.repeat(296)}.pdf`],
])('%j is offered under a name the archive takes', (path, name) => {
  expect(documentNameOf(path)).toBe(name)
})
