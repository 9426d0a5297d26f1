import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { extname } from 'node:path'
import { z } from 'zod'
import type { FolderId, Hit, SearchMode } from '@intellidocs/contracts'
import { done, type CliContext, type Result } from './context.ts'
import { CommandError } from './failure.ts'
import { count } from './output.ts'
import { withRetries } from './retry.ts'

type Ask = { mode: SearchMode; limit: number; filters: { folderId?: FolderId } }
export type BatchOptions = { readonly queries: string; readonly out: string; readonly id: 'name' | 'id'; readonly ask: Ask }
export type Query = { readonly id: string; readonly text: string }

const AT_ONCE = 4

const idOf = z.union([z.string(), z.number()]).transform(String)
const line = z.union([
  z.object({ id: idOf, text: z.string() }), z.object({ id: idOf, query: z.string() }),
  z.object({ _id: idOf, text: z.string() }), z.object({ qid: idOf, text: z.string() }), z.object({ qid: idOf, query: z.string() }),
]).transform((one) => ({
  id: 'id' in one ? one.id : '_id' in one ? one._id : one.qid,
  text: 'text' in one ? one.text : one.query,
}))

/** A JSON object a line with an id and a text, as search benchmarks have them. Throws a sentence that names the line. */
export function parseQueries(text: string): Query[] {
  return text.split('\n').flatMap((content, at) => {
    if (content.trim() === '') return []
    try {
      return [line.parse(JSON.parse(content))]
    } catch {
      throw new CommandError(`Line ${at + 1} of the batch is not a JSON object with "id" and "text".`)
    }
  })
}

/** What stands for a document in the run: its name without extension, as the names of benchmark documents are their ids. */
export function documentLabel(hit: Pick<Hit, 'documentId' | 'name'>, id: 'name' | 'id'): string {
  if (id === 'id') return hit.documentId
  const extension = extname(hit.name)
  return (extension === '' ? hit.name : hit.name.slice(0, -extension.length)).replace(/[\t\r\n]/g, ' ')
}

/** Asks every query and writes `qid<TAB>document<TAB>score` (1 / rank), a hit a line, best first. The file gets its name when it is whole. */
export async function searchBatch(context: CliContext, options: BatchOptions): Promise<Result> {
  const queries = parseQueries(await readFile(options.queries, 'utf8'))
  if (queries.length === 0) throw new CommandError(`${options.queries} holds no query.`)
  const started = performance.now()
  const part = `${options.out}.${randomUUID()}`
  const file = await open(part, 'wx')
  const totals = { queries: queries.length, hits: 0, empty: 0, degraded: 0 }
  try {
    for (let at = 0; at < queries.length; at += AT_ONCE) {
      const answers = await Promise.all(queries.slice(at, at + AT_ONCE).map((query) => askOne(context, query, options.ask)))
      for (const { query, hits, degraded } of answers) {
        totals.hits += hits.length
        totals.empty += hits.length === 0 ? 1 : 0
        totals.degraded += degraded ? 1 : 0
        await file.write(hits.map((hit) => `${query.id}\t${documentLabel(hit, options.id)}\t${hit.score}\n`).join(''))
      }
    }
    await file.close()
    await rename(part, options.out)
  } finally {
    await file.close().catch(() => undefined) // closed already, unless the loop broke off
    await rm(part, { force: true })
  }
  const seconds = (performance.now() - started) / 1000
  const parts = [count(totals.queries, 'query', 'queries'), count(totals.hits, 'hit'), `${totals.empty} without any`, `${seconds.toFixed(1)} s`]
  context.out.print(`${parts.join(', ')}: ${options.out}`)
  if (totals.degraded > 0) context.out.note(`${count(totals.degraded, 'answer')} came without a part of the search.`)
  return done({ ...totals, seconds, out: options.out })
}

type Answer = { query: Query; hits: Hit[]; degraded: boolean }

async function askOne({ client, signal }: CliContext, query: Query, { limit, ...ask }: Ask): Promise<Answer> {
  // Texts of a collection, not queries that somebody wrote: a quotation mark in one is no operator.
  const input = { ...ask, query: query.text.slice(0, 2000), limit, plain: true }
  const { hits, degraded } = await withRetries(() => client.api.search.query.query(input, { signal }), signal)
  return { query, hits, degraded }
}
