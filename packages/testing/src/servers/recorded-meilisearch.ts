import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Exchange = {
  readonly name: string
  readonly auth: 'none' | 'master' | 'wrong' | 'search' | 'writer' | 'tenant'
  readonly request: { readonly method: string; readonly path: string; readonly body: Json }
  readonly response: { readonly status: number; readonly body: Json }
}
type Asked = { readonly method: string; readonly path: string; readonly auth: Exchange['auth']; readonly body: Json }

export type RecordedMeilisearch = {
  readonly url: string
  readonly keys: Readonly<Record<Exchange['auth'], string>>
  /** What was asked and stands in no recording. */
  readonly unknown: string[]
  close(): Promise<void>
}

const FILE = join(import.meta.dirname, '..', '..', 'fixtures', 'meilisearch', 'recordings.jsonl')
const KEYS = { none: '', master: 'recorded-master', wrong: 'recorded-wrong', search: 'recorded-search', writer: 'recorded-writer', tenant: 'recorded-tenant' } as const

/** With other names for what the recordings call `org-a`, `u1`, `d1-0`: the same exchange, about what a test made. */
const renamed = (value: Json, names: ReadonlyMap<string, string>): Json => {
  if (typeof value === 'string') return value.replace(/[A-Za-z0-9_-]+/g, (word) => names.get(word) ?? word)
  if (Array.isArray(value)) return value.map((part) => renamed(part, names))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, renamed(part, names)]))
}

const readExchanges = (names: ReadonlyMap<string, string>): Exchange[] =>
  readFileSync(FILE, 'utf8').trimEnd().split('\n').map((line) => renamed(JSON.parse(line) as Json, names) as Exchange)

type Query = { q: string; limit: number; filter: Json; known: { hits: { [key: string]: Json }[]; estimatedTotalHits: number } }

/** Each query of a recorded multi-search, with its own answer. */
function recordedQueries(exchanges: readonly Exchange[]): Query[] {
  return exchanges.filter(({ request, response }) => request.path === '/multi-search' && response.status === 200).flatMap(({ request, response }) => {
    const { queries } = request.body as { queries: { q: string; limit: number; filter?: Json }[] }
    const { results = [] } = response.body as { results?: Query['known'][] }
    return results.flatMap((known, at) => queries.slice(at, at + 1).map(({ q, limit, filter = null }) => ({ q, limit, filter, known })))
  })
}

/**
 * A server that answers what a real one (1.50) was recorded to answer, and 501 to everything else, which it also keeps in `unknown`. Stands in for Meilisearch, which no
 * registry has. Taken as the same question: a query of a multi-search asked in other company; a limit above an answer that was whole, or that is empty; and a word in
 * quotes or with a blank behind it, because typos and prefixes are off in the recorded index, where that changes nothing. A recorded change is answered once, in the order of the recordings.
 */
export async function startRecordedMeilisearch({ names = {} }: { names?: Readonly<Record<string, string>> } = {}): Promise<RecordedMeilisearch> {
  const exchanges = readExchanges(new Map(Object.entries(names)))
  const queries = recordedQueries(exchanges)
  const answered = new Set<Exchange>()
  const unknown: string[] = []

  const one = (asked: { q: string; limit: number; filter?: Json; indexUid: string }): Json | undefined => {
    const word = asked.q.replace(/^"([^"]*)"$/, '$1').trimEnd()
    const same = queries.filter(({ q, filter }) => q === word && isDeepStrictEqual(filter, asked.filter ?? null))
    const exact = same.find(({ limit }) => limit === asked.limit)
    const whole = same.find(({ known }) => known.estimatedTotalHits === known.hits.length && known.hits.length <= asked.limit)
    const known = (exact ?? whole)?.known
    return known === undefined ? undefined : { ...known, indexUid: asked.indexUid, query: asked.q, limit: asked.limit }
  }

  const answerOf = (asked: Asked): Exchange['response'] | undefined => {
    const found = exchanges.find((exchange) => exchange.request.method === asked.method && exchange.request.path === asked.path && exchange.auth === asked.auth
      && isDeepStrictEqual(exchange.request.body, asked.body) && !(answered.has(exchange) && asked.method !== 'GET'))
    if (found !== undefined) {
      if (!asked.path.endsWith('search')) answered.add(found)
      return found.response
    }
    if (asked.path !== '/multi-search' || asked.auth !== 'master') return undefined
    const results = (asked.body as { queries: Parameters<typeof one>[0][] }).queries.map(one)
    return results.some((result) => result === undefined) ? undefined : { status: 200, body: { results: results as Json[] } }
  }

  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const asked = { method: request.method ?? '', path: request.url ?? '', auth: authOf(request), body }
      const answer = answerOf(asked)
      if (answer === undefined) unknown.push(`${asked.auth} ${asked.method} ${asked.path} ${JSON.stringify(asked.body)}`)
      response.writeHead(answer?.status ?? 501, { 'content-type': 'application/json' }).end(JSON.stringify(answer?.body ?? { message: 'not recorded', code: 'not_recorded' }))
    })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, keys: KEYS, unknown,
    close: () => new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    }),
  }
}

function authOf({ headers }: IncomingMessage): Exchange['auth'] {
  const key = (headers.authorization ?? '').replace(/^Bearer /, '')
  return (Object.keys(KEYS) as Exchange['auth'][]).find((kind) => KEYS[kind] === key) ?? 'wrong'
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const text = Buffer.concat(parts).toString('utf8')
  return text === '' ? null : JSON.parse(text) as Json
}
