import type { Command } from 'commander'
import type { Document, PageSource } from '@intellidocs/contracts'
import { done, type CliContext, type Result } from '../context.ts'
import { findDocument, listAll } from '../lookup.ts'
import { formatBytes, formatTable, printable } from '../output.ts'
import { describeReason, describeState, describeWarnings } from '../states.ts'

type Options = { text?: boolean }
type Page = { readonly source: PageSource; readonly confidence: number | null; readonly provenance: { readonly engine: string; readonly version: string } | null }

export const configureShow = (command: Command): Command => command
  .description('everything known about a document')
  .argument('<document>', 'id or exact name')
  .option('--text', 'also the text, page by page')

export async function show(context: CliContext, [name = '']: string[], options: Options): Promise<Result> {
  const { client, out } = context
  const document = await findDocument(client, name)
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
