import { documentsContract, type FolderId } from '@intellidocs/contracts'
import { Option, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findFolder, listAll } from '../lookup.ts'
import { count, formatBytes, formatTable, printable } from '../output.ts'
import { describeState, describeWarnings } from '../states.ts'
import { positiveInteger } from '../values.ts'

type Options = { folder?: string; name?: string; tag?: string; state?: string; trashed?: boolean; limit: number }

export const configureLs = (command: Command): Command => command
  .description('list documents and folders, newest first')
  .argument('[folder]', 'folder to list; left out: all documents')
  .option('--name <text>', 'only names that contain this')
  .option('--tag <word>', 'only documents of this tag')
  .addOption(new Option('--state <state>', 'only documents in this state').choices([...documentsContract.documentStates]))
  .option('--trashed', 'what is in the trash')
  .option('--limit <n>', 'at most so many documents', positiveInteger, 50)

export async function ls(context: CliContext, [folder]: string[], options: Options): Promise<Result> {
  const { client, out } = context
  const folderId = folder === undefined ? undefined : folder === '/' ? null : await findFolder(client, folder)
  const documents = await listAll((page) => client.api.documents.list.query({
    ...page,
    lifecycle: options.trashed ? 'trashed' : 'active',
    ...(folderId === undefined ? {} : { folderId }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.tag === undefined ? {} : { tag: options.tag }),
    ...(options.state === undefined ? {} : { state: documentsContract.documentState.parse(options.state) }),
  }), options.limit)
  const folders = await foldersIn(context, folderId, options)
  for (const { name, id } of folders) out.print(`${out.colors.blue(`${printable(name)}/`)}  ${out.colors.dim(id)}`)
  const rows = documents.map((document) => [
    document.id, describeState(document), document.pages === null ? '' : count(document.pages, 'page'), formatBytes(document.size),
    document.createdAt.slice(0, 16).replace('T', ' '), printable(document.name),
  ])
  for (const [index, line] of formatTable(rows).entries()) {
    out.print(line)
    for (const sentence of documents[index] === undefined ? [] : describeWarnings(documents[index])) out.print(out.colors.yellow(`    ${sentence}`))
  }
  if (documents.length === 0 && folders.length === 0) out.print('Nothing here.')
  return done({ folders, documents })
}

/** Folders stand beside documents only where a folder is shown as such. */
async function foldersIn({ client }: CliContext, parentId: FolderId | null | undefined, options: Options) {
  if (parentId === undefined || options.trashed || options.state || options.name || options.tag) return []
  return listAll((page) => client.api.documents.folders.list.query({ ...page, parentId }))
}
