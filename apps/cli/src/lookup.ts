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

/** A document by its id or its exact name. Several of one name are told apart by their ids. */
export async function findDocument(client: IntelliDocsClient, idOrName: string, lifecycle: 'active' | 'trashed' = 'active'): Promise<Document> {
  if (UUID.test(idOrName)) return client.api.documents.get.query({ id: idOrName.toLowerCase() })
  const named = idOrName.normalize('NFC')
  const some = await listAll((page) => client.api.documents.list.query({ ...page, name: named, lifecycle }))
  const matches = some.filter((document) => document.name === named)
  const [only, ...others] = matches
  const place = lifecycle === 'trashed' ? ' in the trash' : ''
  if (!only) throw new CommandError(`There is no document called "${printable(idOrName)}"${place} among those you may see.`)
  if (others.length === 0) return only
  const ids = matches.map(({ id }) => id).join(', ')
  throw new UsageError(`${matches.length} documents${place} are called "${printable(idOrName)}". Name one by its id: ${ids}.`)
}

/** A folder by its id, or by names from the top: `Contracts/2026`. With `create`, what is missing is made. */
export async function findFolder(client: IntelliDocsClient, path: string, create = false): Promise<FolderId> {
  if (UUID.test(path)) return path.toLowerCase() as FolderId
  const names = path.split('/').map((name) => name.trim()).filter(Boolean)
  if (names.length === 0) throw new CommandError('A folder has a name, or names with slashes between: Contracts/2026.')
  let parentId: FolderId | null = null
  for (const name of names) parentId = await childFolder(client, { name, parentId, create })
  return parentId as FolderId
}

type Child = { name: string; parentId: FolderId | null; create: boolean }

async function childFolder(client: IntelliDocsClient, { name, parentId, create }: Child): Promise<FolderId> {
  const siblings = await listAll((page) => client.api.documents.folders.list.query({ ...page, parentId }))
  // Names in one folder differ by more than case.
  const found = siblings.find((folder) => folder.name.toLowerCase() === name.toLowerCase())
  if (found) return found.id
  if (!create) throw new CommandError(`There is no folder called "${printable(name)}" among those you may see.`)
  return (await client.api.documents.folders.create.mutate({ name, parentId })).id
}
