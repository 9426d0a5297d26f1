import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { parse } from 'yaml'
import { z } from 'zod'
import { openHouse, startCollector, type Collector, type House } from './house.ts'
import { readMetrics, readQuery, type Reading } from './promql.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') })
const place = z.strictObject({ h: z.int().positive(), w: z.int().min(1).max(24), x: z.int().min(0).max(23), y: z.int().min(0) })
const panel = z.discriminatedUnion('type', [
  z.strictObject({ id: z.int(), type: z.literal('row'), title: z.string().min(1), collapsed: z.literal(false), gridPos: place, panels: z.tuple([]) }),
  z.strictObject({
    id: z.int(), type: z.literal('timeseries'), title: z.string().min(1), description: z.string(), datasource, gridPos: place,
    fieldConfig: z.strictObject({ defaults: z.strictObject({ unit: z.string(), min: z.number() }), overrides: z.array(z.never()) }), options: z.strictObject({}),
    targets: z.array(z.strictObject({ refId: z.string().regex(/^[A-Z]$/), datasource, expr: z.string(), legendFormat: z.string() })).min(1),
  }),
])
/** As far as a file of this kind is told by Grafana's own schema: what an import needs, and nothing that it would not know. */
const dashboard = z.object({
  uid: z.string().regex(/^[\w-]{1,40}$/), title: z.string().min(1), schemaVersion: z.int().min(36), version: z.int(), panels: z.array(panel).min(10),
  templating: z.object({ list: z.array(z.object({ name: z.literal('datasource'), type: z.literal('datasource'), query: z.literal('prometheus') })) }),
})
const rules = z.strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(z.strictObject({
  alert: z.string().regex(/^IntelliDocs[A-Z]\w+$/), expr: z.string(), for: z.string().regex(/^\d+[smh]$/).optional(),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }), annotations: z.strictObject({ summary: z.string().min(10), runbook: z.string() }),
})) })) })

const panels = dashboard.parse(JSON.parse(read('deploy/grafana/intellidocs.json'))).panels
const charts = panels.flatMap((one) => (one.type === 'row' ? [] : one.targets.map(({ expr }) => ({ name: one.title, expr }))))
const alerts = rules.parse(parse(read('deploy/prometheus/alerts.yaml'))).groups.flatMap((group) => group.rules)
const queries = [...charts, ...alerts.map(({ alert: name, expr }) => ({ name, expr }))]

let collector: Collector
let house: House
let texts: readonly string[]
let product: Reading
beforeAll(async () => {
  collector = await startCollector()
  house = await openHouse({ traces: collector.endpoint })
  // One of each thing that is counted, so that its series and their labels are there.
  const { document } = await house.client.upload(new TextEncoder().encode('The tide table hangs beside the door. '.repeat(40)), { name: 'a.txt' })
  const stateNow = async (): Promise<string> => (await house.client.api.documents.get.query({ id: document.id })).state
  await vi.waitFor(async () => expect(await stateNow()).toBe('ready'), { timeout: 60_000, interval: 200 })
  const socket = new WebSocket(`${house.url.replace('http', 'ws')}/trpc`)
  await once(socket, 'open')
  socket.close()
  await once(socket, 'close')
  texts = [await house.metrics.api(), await house.metrics.worker()]
  product = readMetrics(...texts)
})
afterAll(async () => {
  await house.close()
  await collector.close()
})

/** Prometheus' own, and what it adds to every series. */
const fromPrometheus = { metrics: ['up'], labels: ['job', 'instance', 'le'] }

function unknown(expr: string): string[] {
  const { broken, metrics, labels } = readQuery(expr)
  if (broken) return ['it is not PromQL']
  const own = metrics.filter((metric) => !fromPrometheus.metrics.includes(metric))
  const offered = own.map((metric) => product.labelsOf(metric))
  // A metric without a series yet may have any label.
  const label = (name: string): boolean => fromPrometheus.labels.includes(name) || offered.some((known) => known === null || known.has(name))
  return [...own.filter((metric) => !product.has(metric)), ...own.length === 0 ? [] : labels.filter((name) => !label(name)).map((name) => `label ${name}`)]
}

describe('dashboard and alerts', () => {
  test('speak of metrics and labels that API and worker really have', () => {
    expect(queries.length).toBeGreaterThan(40)
    expect(queries.flatMap(({ name, expr }) => unknown(expr).map((what) => `${name}: ${what}`))).toEqual([])
  })

  test('would not get by with a metric or a label that nobody has, or with what is no PromQL', () => {
    expect(unknown('max(intellidocs_outbox_lag)')).toEqual(['intellidocs_outbox_lag'])
    expect(unknown('sum by (tenant) (rate(intellidocs_http_request_seconds_count[5m]))')).toEqual(['label tenant'])
    expect(unknown('sum(rate(intellidocs_outbox_pending[5m])')).toEqual(['it is not PromQL'])
  })

  test('every metric of the product stands in one of them or in the list of metrics', () => {
    const shown = new Set(queries.flatMap(({ expr }) => readQuery(expr).metrics.map((metric) => metric.replace(/_(bucket|count|sum)$/, ''))))
    const listed = read('docs/operations.md')
    const own = texts.flatMap((text) => [...text.matchAll(/^# TYPE (intellidocs_\S+)/gm)].map((match) => match[1] ?? ''))
    expect(own.length).toBeGreaterThan(15)
    expect(own.filter((name) => !shown.has(name) && !listed.includes(`\`${name}\``))).toEqual([])
  })
})

describe('the dashboard', () => {
  test('has panels of different ids that do not lie on each other', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, n) => `${x + (n % w)}/${y + Math.floor(n / w)}`))
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
    expect(new Set(cells).size).toBe(cells.length)
  })
})

describe('the alerts', () => {
  test('have names of their own and lead to a page that is there', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
    expect(alerts.map(({ annotations }) => annotations.runbook).filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('ask for the jobs that the scrape configuration names', () => {
    const scrape = z.object({ scrape_configs: z.array(z.object({ job_name: z.string() })) }).parse(parse(read('deploy/prometheus/scrape.yaml')))
    const jobs = scrape.scrape_configs.map(({ job_name: name }) => name)
    const asked = alerts.flatMap(({ expr }) => [...expr.matchAll(/job="([^"]+)"/g)].map((match) => match[1] ?? ''))
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.filter((job) => !jobs.includes(job))).toEqual([])
  })
})
