import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tar } from '../../../scripts/examples/containers.ts'
import { openTestHouse, type TestHouse } from './test-house.ts'

let house: TestHouse
let running: Awaited<ReturnType<TestHouse['work']>>

beforeAll(async () => {
  house = await openTestHouse()
  running = await house.work()
})
afterAll(async () => {
  await running.stop()
  await house.close()
})

const example = (name: string) => readFile(join(import.meta.dirname, '..', '..', '..', 'examples', name))

test('the attachments of a mail become documents of their own, once, however often the mail is read', async () => {
  const { id } = await house.upload(await example('leaking-seam.eml'), 'mail.eml')
  expect(await house.settled(id)).toMatchObject({ state: 'ready' })
  const children = async () => {
    const { items } = await house.documents.list(house.editor, { limit: 100, lifecycle: 'active' })
    return items.filter((item) => item.parentId === id)
  }
  const first = await children()
  expect(first.length).toBeGreaterThan(0)
  expect(new Set(first.map((child) => child.ownerId))).toEqual(new Set([house.editor.userId]))
  for (const child of first) expect(await house.settled(child.id)).toMatchObject({ state: 'ready' })
  await house.documents.reprocess(house.editor, { id })
  expect(await house.settled(id)).toMatchObject({ state: 'ready' })
  expect((await children()).map((child) => child.id)).toEqual(first.map((child) => child.id))
})

test('the files of an archive become documents of their own, three deep and no deeper', async () => {
  const words = Buffer.from('The words of the innermost file. ')
  const archive = [1, 2, 3, 4].reduce<Buffer>((inner, depth) => tar([{ name: depth === 1 ? 'words.txt' : `level-${depth - 1}.tar`, bytes: inner }, { name: `beside-${depth}.txt`, bytes: words }]), words)
  let ids = [(await house.upload(archive, 'level-4.tar')).id]
  const levels: string[][] = []
  while (ids.length > 0 && levels.length < 6) {
    for (const id of ids) expect(await house.settled(id)).toMatchObject({ state: 'ready' })
    const { items } = await house.documents.list(house.editor, { limit: 100, lifecycle: 'active' })
    const within = items.filter(({ parentId }) => parentId !== null && ids.includes(parentId))
    levels.push(within.map(({ name }) => name).sort())
    ids = within.map(({ id }) => id)
  }
  const { items } = await house.documents.list(house.editor, { limit: 100, lifecycle: 'active', name: 'level-1.tar' })
  expect(items.map(({ warnings }) => warnings)).toEqual([[{ reason: 'attachment_too_deep', pages: [], names: ['words.txt', 'beside-1.txt'] }]])
  expect(levels).toEqual([['beside-4.txt', 'level-3.tar'], ['beside-3.txt', 'level-2.tar'], ['beside-2.txt', 'level-1.tar'], []])
})
