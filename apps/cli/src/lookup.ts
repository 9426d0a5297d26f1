import type { IntelliDocsClient } from '@intellidocs/client'
import type { Document, FolderId, Page } from '@intellidocs/contracts'
import { CommandError, UsageError } from './failure.ts'
import { printable } from './output.ts'

export const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const PAGE = 200

/** Every item of a keyset-paged list, up to `limit`. */
export async function listAll<T>(load: (page: { limit: number; cursor?: string }) => Promise<Page<T>>, limit = Infinity): Promise<T[]> {
  const items: T[] = []
  for (let cursor: string | undefined; items.length < limit;) {
    const page = await load({ limit: Math.min(PAGE, limit - items.length), ...(cursor ? { cursor } : {}) })
    items.push(...page.items)
    if (!page.nextCursor) break
    cursor = page.nextCursor
  }
  return items
}

/** A document by its id or its exact name; in the trash only where it is looked for there. Several of one name are told apart by their ids. */
export async function findDocument(client: IntelliDocsClient, idOrName: string, place: 'active' | 'trashed' | 'either' = 'active'): Promise<Document> {
  if (UUID.test(idOrName)) return client.api.documents.get.query({ id: idOrName.toLowerCase() })
  const named = idOrName.normalize('NFC')
  const places = place === 'either' ? ['active', 'trashed'] as const : [place]
  const some = await Promise.all(places.map((lifecycle) => listAll((page) => client.api.documents.list.query({ ...page, name: named, lifecycle }))))
  const matches = some.flat().filter((document) => document.name === named)
  const [only, ...others] = matches
  const where = place === 'trashed' ? ' in the trash' : ''
  if (!only) throw new CommandError(`There is no document called "${printable(idOrName)}"${where} among those you may see.`)
  if (others.length === 0) return only
  const ids = matches.map(({ id }) => id).join(', ')
  throw new UsageError(`${matches.length} documents${where} are called "${printable(idOrName)}". Name one by its id: ${ids}.`)
}

/**
 * A folder by its id, or by names from the top or from a folder's id: `Contracts/2026`. Where several beside each other have a name, the caller is told
 * their ids. With `create`, what is missing is made.
 */
export async function findFolder(client: IntelliDocsClient, path: string, create = false): Promise<FolderId> {
  if (UUID.test(path)) return path.toLowerCase() as FolderId
  const [first, ...below] = path.normalize('NFC').split('/').map((name) => name.trim()).filter(Boolean)
  if (first === undefined) throw new CommandError('A folder has a name, or names with slashes between: Contracts/2026.')
  let id = UUID.test(first) ? first.toLowerCase() as FolderId : await childFolder(client, { name: first, parentId: null, create })
  for (const name of below) id = await childFolder(client, { name, parentId: id, create })
  return id
}

type Child = { name: string; parentId: FolderId | null; create: boolean }

async function childFolder(client: IntelliDocsClient, { name, parentId, create }: Child): Promise<FolderId> {
  const siblings = await listAll((page) => client.api.documents.folders.list.query({ ...page, parentId }))
  const [only, ...others] = siblings.filter((folder) => folder.name.toLowerCase() === name.toLowerCase())
  if (only !== undefined && others.length === 0) return only.id
  // One that came to be shown may have the name of one that was: which of them is meant is not ours to guess, nor to add a third.
  if (only !== undefined) {
    const ids = [only, ...others].map(({ id }) => id).join(', ')
    throw new UsageError(`${others.length + 1} folders in one place are called "${printable(name)}". Name one by its id, also in a path: ${ids}.`)
  }
  if (!create) throw new CommandError(`There is no folder called "${printable(name)}" among those you may see.`)
  return (await client.api.documents.folders.create.mutate({ name, parentId })).id
}
