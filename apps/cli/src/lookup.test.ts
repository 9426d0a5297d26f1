import type { IntelliDocsClient } from '@intellidocs/client'
import { newId } from '@intellidocs/kernel'
import { expect, test } from 'vitest'
import { findFolder } from './lookup.ts'

type Folder = { id: string; name: string; parentId: string | null }

/** A server that knows these folders and makes others. */
function clientOf(folders: Folder[]): IntelliDocsClient {
  const list = { query: ({ parentId }: { parentId: string | null }) => Promise.resolve({ items: folders.filter((it) => it.parentId === parentId), nextCursor: null }) }
  const create = { mutate: ({ name, parentId }: Omit<Folder, 'id'>) => {
    const made = { id: newId(), name, parentId }
    folders.push(made)
    return Promise.resolve(made)
  } }
  return { api: { documents: { folders: { list, create } } } } as unknown as IntelliDocsClient
}

test('a path of names leads from the top or from a folder\'s id, and what is missing is made on demand alone', async () => {
  const [contracts, year] = [newId(), newId()]
  const folders = [{ id: contracts, name: 'Contracts', parentId: null }, { id: year, name: '2026', parentId: contracts }]
  const client = clientOf(folders)
  expect(await findFolder(client, ' contracts / 2026/')).toBe(year)
  expect(await findFolder(client, `${contracts}/2026`)).toBe(year)
  expect(await findFolder(client, contracts.toUpperCase())).toBe(contracts)
  await expect(findFolder(client, 'Contracts/2027')).rejects.toMatchObject({ name: 'CommandError' })
  const made = await findFolder(client, 'Contracts/2027/May', true)
  expect(folders.filter(({ parentId }) => parentId !== null).map(({ id, name }) => [name, id === made])).toEqual([['2026', false], ['2027', false], ['May', true]])
})

test('a name that several have in one place is refused with their ids, chosen by nobody, and not made a third time', async () => {
  const [one, other, below] = [newId(), newId(), newId()]
  const folders = [{ id: one, name: 'Merger', parentId: null }, { id: other, name: 'MERGER', parentId: null }, { id: below, name: 'drafts', parentId: other }]
  const client = clientOf(folders)
  for (const path of ['merger', 'Merger', 'Merger/drafts']) {
    for (const create of [false, true]) {
      await expect(findFolder(client, path, create)).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining(`${one}, ${other}`) })
    }
  }
  expect(await findFolder(client, `${other}/drafts`)).toBe(below)
  expect(folders).toHaveLength(3)
})
