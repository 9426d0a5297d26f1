import { fileKinds, type FileKind, type UploadRequestShown } from '@intellidocs/contracts'
import { InvalidArgumentError, type Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findFolder } from '../lookup.ts'
import { findUploadRequest, listUploadRequests } from '../lookup-people.ts'
import { count, formatBytes, formatMoment, formatTable, printable } from '../output.ts'
import { ask, confirm, readSecret } from '../prompt.ts'
import { positiveInteger } from '../values.ts'
import { withYes } from './orgs.ts'

const REQUEST = 'its id or title'

export const configureUploadRequestList = (command: Command): Command => command.description('links by which others hand files in')

const states = { open: 'open', expired: 'over', used_up: 'used up', revoked: 'revoked' } as const
const rowOf = (one: UploadRequestShown): string[] => [
  states[one.state], one.id, `${one.files} of ${count(one.maxFiles, 'file')}`, `${formatBytes(one.bytes)} of ${formatBytes(one.maxTotalBytes)}`, `until ${formatMoment(one.expiresAt)}`,
  printable(one.title),
]

export async function uploadRequestList({ client, out }: CliContext): Promise<Result> {
  const requests = await listUploadRequests(client)
  for (const line of formatTable(requests.map(rowOf))) out.print(line)
  if (requests.length === 0) out.print('There are no upload requests. Make one with "intellidocs upload-request create FOLDER TITLE".')
  return done({ requests })
}

type Creating = { note: string; days: number; files: number; each: number; total: number; kinds?: FileKind[]; password?: true; passwordStdin?: true }

export const configureUploadRequestCreate = (command: Command): Command => command
  .description('make a link by which somebody without an account hands files into a folder; they are yours')
  .argument('<folder>', 'its path or id').argument('<title>', 'what is asked for; whoever has the link reads it')
  .option('--note <text>', 'shown beside the form', '')
  .option('--days <n>', 'how long it is open, 365 at most', positiveInteger, 14)
  .option('--files <n>', 'how many files it takes', positiveInteger, 20)
  .option('--each <bytes>', 'how large one may be', positiveInteger, 1024 ** 3)
  .option('--total <bytes>', 'how much it takes in all', positiveInteger, 5 * 1024 ** 3)
  .option('--kinds <list>', `only these, by their content: ${fileKinds.join(',')} (default: any)`, kindList)
  .option('--password', 'ask for a password that whoever has the link must know')
  .option('--password-stdin', 'read that password from stdin')

function kindList(value: string): FileKind[] {
  const wanted = value.split(',').map((part) => part.trim())
  const unknown = wanted.find((name) => !fileKinds.some((kind) => kind === name))
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no kind ${printable(unknown)}. The kinds are ${fileKinds.join(', ')}.`)
  return fileKinds.filter((kind) => wanted.includes(kind))
}

async function passwordOf(context: CliContext, { password, passwordStdin }: Creating): Promise<string | undefined> {
  if (passwordStdin === true) return readSecret(context)
  return password === true ? ask(context, 'Password of the link, 8 to 128 characters: ', { hidden: true, insteadOf: '--password-stdin' }) : undefined
}

export async function uploadRequestCreate(context: CliContext, [folder = '', title = '']: string[], options: Creating): Promise<Result> {
  const { client, out } = context
  const folderId = await findFolder(client, folder)
  const password = await passwordOf(context, options)
  const made = await client.api.documents.uploadRequests.create.mutate({
    folderId, title, note: options.note, days: options.days, maxFiles: options.files, maxFileBytes: options.each, maxTotalBytes: options.total,
    kinds: options.kinds ?? null, ...(password === undefined ? {} : { password }),
  })
  out.print(made.url)
  out.note(`This link is the whole right to hand files in, until ${formatMoment(made.request.expiresAt)}. It is shown this once.`)
  return done(made)
}

export const configureUploadRequestRevoke = (command: Command): Command => withYes(command)
  .description('end a link for good; what has come stays').argument('<request>', REQUEST)

export async function uploadRequestRevoke(context: CliContext, [named = '']: string[], { yes }: { yes?: boolean }): Promise<Result> {
  const { id, title } = await findUploadRequest(context.client, named)
  await confirm(context, { sentence: `Nobody hands anything in by the link of ${printable(title)} any more.`, word: 'revoke', yes })
  const request = await context.client.api.documents.uploadRequests.revoke.mutate({ id })
  context.out.print(`${printable(title)} takes nothing any more; ${count(request.files, 'file')} came.`)
  return done({ request })
}
