import { readFile, stat } from 'node:fs/promises'
import type { IntelliDocsClient } from '@intellidocs/client'
import { parseDocument } from 'yaml'
import { CommandError } from '../failure.ts'
import { findFolder } from '../lookup.ts'
import { findGroup, findUserId } from '../lookup-people.ts'
import { printable } from '../output.ts'

/** Longer than any flow that people read; what is larger is not one. */
const MAX_BYTES = 256 * 1024

/** A flow as its file says it, with names where the API wants ids. */
type Named = Record<string, unknown>

/** A definition out of a file of YAML or JSON. Names, addresses and paths stand where the API wants ids. @throws CommandError for what is not one */
export async function readFlow(path: string): Promise<Named> {
  if ((await stat(path)).size > MAX_BYTES) throw new CommandError(`${printable(path)} is larger than a flow can be.`)
  const document = parseDocument(await readFile(path, 'utf8'), { prettyErrors: true })
  const [fault] = document.errors
  if (fault !== undefined) throw new CommandError(`${printable(path)} is not YAML: ${printable(fault.message)}`)
  // Aliases that stand for each other make a small file as large as they like.
  const value: unknown = document.toJS({ maxAliasCount: 100 })
  if (!isNamed(value)) throw new CommandError(`${printable(path)} does not hold a flow: names and values are wanted, beginning with "name:".`)
  return value
}

const isNamed = (value: unknown): value is Named => typeof value === 'object' && value !== null && !Array.isArray(value)

export type Lookup = {
  user(named: string): Promise<string>
  group(named: string): Promise<string>
  folder(named: string): Promise<string>
  flow(named: string): Promise<string>
}

/** Looks each name up once, in what the caller may see. */
export function lookupIn(client: IntelliDocsClient, findFlow: (named: string) => Promise<string>): Lookup {
  const once = (find: (named: string) => Promise<string>): ((named: string) => Promise<string>) => {
    const found = new Map<string, Promise<string>>()
    return (named) => {
      const known = found.get(named) ?? find(named)
      found.set(named, known)
      return known
    }
  }
  return {
    user: once((named) => findUserId(client, named)),
    group: once(async (named) => (await findGroup(client, named)).id),
    folder: once((named) => findFolder(client, named)),
    flow: once(findFlow),
  }
}

/** What a key stands for, and the key of the API that takes its id. */
const REFERENCES: Readonly<Record<string, { readonly lookup: keyof Lookup; readonly key: string }>> = {
  user: { lookup: 'user', key: 'user' },
  group: { lookup: 'group', key: 'group' },
  folder: { lookup: 'folder', key: 'folderId' },
  flow: { lookup: 'flow', key: 'flowId' },
}

/**
 * The same with ids: behind `user`, `group`, `folder` and `flow`, and in conditions that compare the folder. What `metadata` holds is data, whatever
 * its fields are called.
 */
export async function withIds(value: unknown, lookup: Lookup): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((item) => withIds(item, lookup)))
  if (!isNamed(value)) return value
  if (value['fact'] === 'folder') return withFolderIds(value, lookup)
  const entries = await Promise.all(Object.entries(value).map(async ([key, inner]): Promise<[string, unknown]> => {
    if (key === 'metadata') return [key, inner]
    const reference = Object.hasOwn(REFERENCES, key) ? REFERENCES[key] : undefined
    if (reference === undefined) return [key, await withIds(inner, lookup)]
    return [reference.key, typeof inner === 'string' ? await lookup[reference.lookup](inner) : inner]
  }))
  return Object.fromEntries(entries)
}

async function withFolderIds(comparison: Named, lookup: Lookup): Promise<Named> {
  const idOf = async (value: unknown): Promise<unknown> => (typeof value === 'string' ? lookup.folder(value) : value)
  const entries = await Promise.all(Object.entries(comparison).map(async ([key, value]): Promise<[string, unknown]> => {
    if (key === 'is' || key === 'isNot') return [key, await idOf(value)]
    return [key, key === 'oneOf' && Array.isArray(value) ? await Promise.all(value.map(idOf)) : value]
  }))
  return Object.fromEntries(entries)
}
