import type { Command } from 'commander'
import type { Document, PageSource } from '@intellidocs/contracts'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError } from '../failure.ts'
import { findDocument, listAll } from '../lookup.ts'
import { columnsOf, count, formatBytes, formatTable, printable, wrapped } from '../output.ts'
import { describeReason, describeState, describeWarnings } from '../states.ts'
import { positiveInteger } from '../values.ts'

type Options = { text?: boolean; page?: number }
type Page = { readonly source: PageSource; readonly confidence: number | null; readonly provenance: { readonly engine: string; readonly version: string } | null }

export const configureShow = (command: Command): Command => command
  .description('everything known about a document')
  .argument('<document>', 'id or exact name')
  .option('--text', 'also the text, page by page')
  .option('--page <n>', 'only the text of this page, as it was read', positiveInteger)

export async function show(context: CliContext, [name = '']: string[], options: Options): Promise<Result> {
  const { client, out } = context
  const document = await findDocument(client, name)
  if (options.page !== undefined) return showPage(context, document, options.page)
  const versions = await listAll((page) => client.api.documents.versions.list.query({ id: document.id, ...page }))
  const pages = options.text ? await listAll((page) => client.api.documents.pages.query({ id: document.id, ...page })) : undefined
  for (const line of formatTable(factsOf(document))) out.print(line)
  for (const sentence of describeWarnings(document)) out.print(`warning: ${sentence}`)
  for (const version of versions) {
    const facts = [printable(version.fileName), formatBytes(version.size), describeState(version), version.createdAt]
    out.print(`version ${version.number}${version.current ? ' (current)' : ''}: ${facts.join(', ')}`)
    if (!version.current) for (const sentence of describeWarnings(version)) out.print(`  warning: ${sentence}`)
  }
  for (const page of pages ?? []) {
    out.print(out.colors.dim(`--- page ${page.number}${originOf(page)} ---`))
    for (const line of page.text.split('\n')) out.print(printable(line))
  }
  return done({ document, versions, ...(pages ? { pages } : {}) })
}

const WIDTH = 100

/** One page between two rules, its lines broken between words where the terminal is narrower. */
async function showPage({ client, out, streams }: CliContext, document: Document, number: number): Promise<Result> {
  const { items: [page] } = await client.api.documents.pages.query({ id: document.id, from: number, limit: 1 })
  if (page?.number !== number) throw new CommandError(`${printable(document.name)} has no page ${number}${document.pages === null ? '' : `; it has ${count(document.pages, 'page')}`}.`)
  const width = Math.min(WIDTH, streams.stdout.columns ?? WIDTH)
  const title = ` ${printable(document.name)}, page ${number}${document.pages === null ? '' : ` of ${document.pages}`}${originOf(page)} `
  out.print(out.colors.dim(`──${title}${'─'.repeat(Math.max(2, width - columnsOf(title) - 2))}`))
  for (const line of page.text.split('\n')) for (const part of wrapped(printable(line), width)) out.print(part)
  out.print(out.colors.dim('─'.repeat(width)))
  return done({ document: { id: document.id, name: document.name, version: document.version }, page })
}

function originOf({ source, confidence, provenance }: Page): string {
  const certainty = confidence === null ? '' : ` (${Math.round(confidence)} % sure)`
  const by = provenance === null ? '' : ` by ${provenance.engine} ${provenance.version}`
  return { text: by === '' ? '' : `, read${by}`, ocr: `, recognized${certainty}${by}`, blank: ', blank', unread: ', not read' }[source]
}

function factsOf(document: Document): string[][] {
  const reason = describeReason(document)
  const { facts: about } = document
  const facts: [string, string | number | null][] = [
    ['name', printable(document.name)], ['title', about.titleFrom === 'name' ? null : printable(about.title)], ['author', about.author === null ? null : printable(about.author)], ['id', document.id], ['state', `${describeState(document)}${reason ? ` (${reason})` : ''}`],
    ['lifecycle', document.lifecycle], ['type', document.mime], ['size', formatBytes(document.size)], ['pages', document.pages], ['words', about.words],
    ['language', document.language], ['written', about.createdAt], ['last written', about.modifiedAt], ['sha256', document.sha256], ['folder', document.folderId], ['attached to', document.parentId],
    ['tags', document.tags.map(printable).join(', ') || null],
    ...Object.entries(document.metadata).map(([field, value]): [string, string] => [`metadata.${field}`, printable(String(value))]),
    ['visible to', document.visibility], ['added', document.createdAt], ['changed', document.updatedAt],
  ]
  return facts.flatMap(([label, value]) => (value === null ? [] : [[label, String(value)]]))
}
