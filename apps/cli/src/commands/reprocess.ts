import type { IntelliDocsClient } from '@intellidocs/client'
import type { Reprocessing, ReprocessWhere } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { UsageError } from '../failure.ts'
import { findDocument, findFolder, listAll } from '../lookup.ts'
import { count, formatMoment, formatTable, printable } from '../output.ts'
import { confirm } from '../prompt.ts'
import { parseWhere } from '../reprocess-where.ts'

type Options = { where?: string; dryRun?: boolean; yes?: boolean }

export const configureReprocess = (command: Command): Command => command
  .description('read documents again: those that are named, or all that fulfil conditions')
  .argument('[document...]', 'ids or exact names')
  .option('--where <conditions>', 'as "engine = tesseract.js and confidence < 0.7"; also extractor, model, version, type, language, folder, state, reason, created')
  .option('--dry-run', 'only say how many these are, and how long that takes')
  .option('--yes', 'do not ask')

export async function reprocess(context: CliContext, names: string[], options: Options): Promise<Result> {
  if ((options.where === undefined) === (names.length === 0)) throw new UsageError('Name documents, or say --where.')
  return options.where === undefined ? reprocessNamed(context, names) : reprocessWhere(context, options.where, options)
}

async function reprocessNamed({ client, out }: CliContext, names: string[]): Promise<Result> {
  const documents = []
  for (const name of names) {
    const { id } = await findDocument(client, name)
    const document = await client.api.documents.reprocess.mutate({ id })
    documents.push(document)
    out.print(`read again: ${printable(document.name)}  ${out.colors.dim(id)}`)
  }
  return done({ documents })
}

async function reprocessWhere(context: CliContext, words: string, { dryRun, yes }: Options): Promise<Result> {
  const { client, out } = context
  const where = await conditionsOf(client, words)
  const preview = await client.api.documents.reprocessing.preview.query({ where })
  const { documents, pages, more, estimatedSeconds } = preview
  const time = estimatedSeconds === null ? 'nothing tells how long that takes' : `about ${duration(estimatedSeconds)} of work, less where several are read at a time`
  out.print(`${count(documents, 'document')} with ${count(pages, 'page')}: ${time}.${more ? ' There are more; say it again once these are through.' : ''}`)
  if (dryRun === true || documents === 0) return done({ preview })
  await confirm(context, { sentence: `${count(documents, 'document')} will be read again.`, word: String(documents), yes })
  const started = await client.api.documents.reprocessing.start.mutate({ where })
  out.print(`${count(started.documents, 'document')} to be read again; "intellidocs reprocessings" tells how far that is.`)
  return done({ preview, reprocessing: started })
}

async function conditionsOf(client: IntelliDocsClient, words: string): Promise<ReprocessWhere> {
  const { where, folder } = parseWhere(words)
  return folder === null ? where : { ...where, folderId: await findFolder(client, folder) }
}

/** Seconds as people say them. */
function duration(seconds: number): string {
  if (seconds < 120) return count(seconds, 'second')
  return seconds < 7_200 ? count(Math.round(seconds / 60), 'minute') : count(Math.round(seconds / 3_600), 'hour')
}

export const configureReprocessings = (command: Command): Command => command.description('selections that you have read again, and how far they are')

export async function reprocessings({ client, out }: CliContext): Promise<Result> {
  const items = await listAll((page) => client.api.documents.reprocessing.list.query(page))
  for (const line of formatTable(items.map((one) => [formatMoment(one.createdAt), toldProgress(one), printable(JSON.stringify(one.where))]))) out.print(line)
  if (items.length === 0) out.print('You have chosen nothing to be read again.')
  return done({ reprocessings: items })
}

const toldProgress = ({ documents, left, endedAt }: Reprocessing): string => `${documents - left} of ${documents}${endedAt === null ? '' : ', over'}`
