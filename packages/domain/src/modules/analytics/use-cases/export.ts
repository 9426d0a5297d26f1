import type { analyticsContract, FlowFigures, SearchFigures, Times } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type { z } from 'zod'
import type { AnalyticsDeps } from '../analytics.deps.ts'
import { csvOf, tableOf, type Cell, type Table } from '../csv.ts'
import type { PeriodInput } from '../periods.ts'
import { documents } from './documents.ts'
import { flows } from './flows.ts'
import { overview } from './overview.ts'
import { processing } from './processing.ts'
import { search } from './search.ts'
import { sharing } from './sharing.ts'
import { usage } from './usage.ts'

type Input = z.infer<typeof analyticsContract.exportFigures.input>
type Output = z.infer<typeof analyticsContract.exportFigures.output>
type Made = { readonly json: unknown; readonly table: Table }

const PAGE = 200
const MOST_ROWS = 10_000
const timeColumns = ['count', 'p50Ms', 'p95Ms', 'meanMs', 'maxMs'] as const satisfies (keyof Times)[]

async function allFlows(deps: AnalyticsDeps, actor: Actor, { from, to }: PeriodInput): Promise<FlowFigures> {
  const first = await flows(deps, actor, { from, to, limit: PAGE })
  const items = [...first.items]
  for (let { nextCursor } = first; nextCursor !== null && items.length < MOST_ROWS;) {
    const page = await flows(deps, actor, { from, to, limit: PAGE, cursor: nextCursor })
    items.push(...page.items)
    nextCursor = page.nextCursor
  }
  return { ...first, items, nextCursor: null }
}

async function allWords(deps: AnalyticsDeps, actor: Actor, asked: PeriodInput): Promise<SearchFigures> {
  const first = await search(deps, actor, { ...asked, limit: PAGE })
  if (first.words === null) return first
  const items = [...first.words.items]
  for (let { nextCursor } = first.words; nextCursor !== null && items.length < MOST_ROWS;) {
    const { words } = await search(deps, actor, { ...asked, limit: PAGE, cursor: nextCursor })
    items.push(...words?.items ?? [])
    nextCursor = words?.nextCursor ?? null
  }
  return { ...first, words: { items, nextCursor: null } }
}

/** By what is exported: all of it as JSON, and its table. */
const makers: Readonly<Record<Input['of'], (deps: AnalyticsDeps, actor: Actor, asked: PeriodInput) => Promise<Made>>> = {
  overview: async (...asked) => {
    const json = await overview(...asked)
    return { json, table: tableOf(['at', 'documents', 'versions', 'bytes', 'pages', 'ready', 'failed', 'people'], json.series) }
  },
  documents: async (...asked) => {
    const json = await documents(...asked)
    return { json, table: tableOf(['at', 'added', 'versions', 'bytes', 'trashed', 'restored', 'purged', 'pages'], json.series) }
  },
  processing: async (...asked) => {
    const json = await processing(...asked)
    return { json, table: tableOf(['at', 'ready', 'failed', 'pages', 'ocrPages', 'queueMaxSeconds'], json.series) }
  },
  stages: async (...asked) => {
    const { stages } = await processing(...asked)
    return { json: stages, table: tableOf(['stage', ...timeColumns], stages) }
  },
  flows: async (...asked) => {
    const json = await allFlows(...asked)
    const rows = json.items.flatMap(({ flowId, name, stages }) => stages.map((stage) => ({ flowId, name, ...stage })))
    return { json, table: tableOf<Record<string, Cell>>(['flowId', 'name', 'stage', 'late', 'share', ...timeColumns], rows) }
  },
  search: async (deps, actor, asked) => {
    const json = await search(deps, actor, { ...asked, limit: PAGE })
    return { json, table: tableOf(['at', 'queries', 'empty', 'opened'], json.series) }
  },
  words: async (...asked) => {
    const { words } = await allWords(...asked)
    return { json: words?.items ?? null, table: tableOf(['words', 'queries', 'empty', 'opened'], words?.items ?? []) }
  },
  sharing: async (...asked) => {
    const json = await sharing(...asked)
    return { json, table: tableOf(['at', 'created', 'revoked', 'opened', 'downloaded'], json.series) }
  },
  usage: async (deps, actor) => {
    const json = await usage(deps, actor)
    const rows = json.lines.map(({ forecast, ...line }) => ({ ...line, ...(forecast ?? { day: null, expected: null, low: null, high: null, limitOn: null }) }))
    return { json, table: tableOf<Record<string, Cell>>(['meter', 'used', 'limit', 'day', 'expected', 'low', 'high', 'limitOn'], rows) }
  },
}

/** @throws AppError as what is exported */
export async function exportFigures(deps: AnalyticsDeps, actor: Actor, { of, format, ...asked }: Input): Promise<Output> {
  const { json, table } = await makers[of](deps, actor, asked)
  const fileName = `analytics-${of}-${deps.clock.now().toISOString().slice(0, 10)}.${format}`
  return format === 'csv' ? { fileName, contentType: 'text/csv; charset=utf-8', content: csvOf(table) } : { fileName, contentType: 'application/json', content: JSON.stringify(json) }
}
