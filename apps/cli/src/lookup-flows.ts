import type { IntelliDocsClient } from '@intellidocs/client'
import { CommandError, UsageError } from './failure.ts'
import { findDocument, listAll, UUID } from './lookup.ts'
import { same } from './lookup-people.ts'
import { printable } from './output.ts'

type Workflows = IntelliDocsClient['api']['workflows']
export type Flow = Awaited<ReturnType<Workflows['definitions']['list']['query']>>['items'][number]
export type Task = Awaited<ReturnType<Workflows['tasks']['list']['query']>>['items'][number]

export const listFlows = ({ api }: IntelliDocsClient): Promise<Flow[]> => listAll((page) => api.workflows.definitions.list.query(page))

/** A flow that is not archived, by id or name; null when there is none. Names differ by more than case. */
export async function flowNamed(client: IntelliDocsClient, named: string): Promise<Flow | null> {
  return (await listFlows(client)).find(({ id, name }) => same(id, named) || same(name, named)) ?? null
}

export async function findFlow(client: IntelliDocsClient, named: string): Promise<Flow> {
  const found = await flowNamed(client, named)
  if (found === null) throw new CommandError(`There is no flow "${printable(named)}". "intellidocs flows" lists those there are.`)
  return found
}

/** A run by its id, or the newest on the document of that exact name. */
export async function findRunId(client: IntelliDocsClient, named: string): Promise<string> {
  if (UUID.test(named)) return named.toLowerCase()
  const document = await findDocument(client, named)
  const { items: [newest] } = await client.api.workflows.runs.list.query({ documentId: document.id, limit: 1 })
  if (newest === undefined) throw new CommandError(`No flow was ever started on "${printable(named)}". "intellidocs flows start FLOW DOCUMENT" does so.`)
  return newest.id
}

/** One of the caller's open tasks, by its id or by the exact name of its document. */
export async function findTask({ api }: IntelliDocsClient, named: string): Promise<Task> {
  const open = await listAll((page) => api.workflows.tasks.list.query(page))
  const found = UUID.test(named) ? open.filter(({ id }) => same(id, named)) : open.filter(({ documentName }) => documentName === named.normalize('NFC'))
  const [only, ...others] = found
  if (only === undefined) throw new CommandError(`Nothing is asked of you about "${printable(named)}". "intellidocs tasks" lists what is.`)
  if (others.length === 0) return only
  throw new UsageError(`${found.length} tasks are about "${printable(named)}"; name one by its id: ${found.map(({ id, stageName }) => `${id} (${printable(stageName)})`).join(', ')}.`)
}
