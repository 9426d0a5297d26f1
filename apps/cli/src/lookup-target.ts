import { IntelliDocsError, type IntelliDocsClient } from '@intellidocs/client'
import type { DocumentId, ErrorCode, FolderId } from '@intellidocs/contracts'
import { CommandError, UsageError } from './failure.ts'
import { findFolder, listAll, UUID } from './lookup.ts'
import { printable } from './output.ts'

/** What access is given to. */
export type Target = { readonly documentId: DocumentId; readonly name: string } | { readonly folderId: FolderId; readonly name: string }

/** As inputs of the API name it. */
export const onTarget = (target: Target): { documentId: DocumentId } | { folderId: FolderId } =>
  ('documentId' in target ? { documentId: target.documentId } : { folderId: target.folderId })

export const toldTarget = (target: Target): string => `the ${'documentId' in target ? 'document' : 'folder'} ${printable(target.name)}`

/**
 * A document or a folder by id or name. Slashes name a folder (`Contracts/`, `Contracts/2026`). Where a document and a folder at the top have
 * one name, or several documents do, the caller is told the ids.
 */
export async function findTarget(client: IntelliDocsClient, named: string): Promise<Target> {
  if (UUID.test(named)) return byId(client, named.toLowerCase())
  if (named.includes('/')) return { folderId: await findFolder(client, named), name: named }
  const name = named.normalize('NFC')
  const [documents, folders] = await Promise.all([
    listAll((page) => client.api.documents.list.query({ ...page, name })),
    listAll((page) => client.api.documents.folders.list.query({ ...page, parentId: null })),
  ])
  const found: Target[] = [
    ...documents.filter((document) => document.name === name).map((document) => ({ documentId: document.id, name })),
    ...folders.filter((folder) => folder.name.toLowerCase() === name.toLowerCase()).map((folder) => ({ folderId: folder.id, name: folder.name })),
  ]
  const [only, ...others] = found
  if (only === undefined) throw new CommandError(notAmongThose(named))
  if (others.length === 0) return only
  const told = found.map((target) => ('documentId' in target ? `document ${target.documentId}` : `folder ${target.folderId}`))
  throw new UsageError(`"${printable(named)}" may be any of ${found.length}; name one by its id: ${told.join(', ')}.`)
}

/** An id says of neither kind that it is one; where it is no document's, a folder that is shown can be looked into. */
async function byId({ api }: IntelliDocsClient, id: string): Promise<Target> {
  const document = await unless('document.not_found', api.documents.get.query({ id }))
  if (document !== null) return { documentId: document.id, name: document.name }
  const folderId = id as FolderId
  if (await unless('folder.not_found', api.documents.folders.list.query({ parentId: folderId, limit: 1 })) !== null) return { folderId, name: id }
  throw new CommandError(notAmongThose(id))
}

/** Null where the call was refused for this reason. */
async function unless<T>(reason: ErrorCode, calling: Promise<T>): Promise<T | null> {
  try {
    return await calling
  } catch (error) {
    if (error instanceof IntelliDocsError && error.appCode === reason) return null
    throw error
  }
}

const notAmongThose = (named: string): string =>
  `There is no document or folder "${printable(named)}" among those you may see. If there is one, whoever manages it can let you see it.`
