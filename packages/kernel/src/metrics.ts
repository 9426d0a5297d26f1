import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

type Named<L extends string> = { readonly name: `intellidocs_${string}`; readonly help: string; readonly labels?: readonly L[] }

/** Prometheus metrics of one process. Asking twice for a name gives the same metric. */
export type Metrics = {
  counter<L extends string = never>(of: Named<L>): Counter<L>
  gauge<L extends string = never>(of: Named<L>): Gauge<L>
  /** `buckets` in the unit of the name, seconds as a rule. */
  histogram<L extends string = never>(of: Named<L> & { readonly buckets: readonly number[] }): Histogram<L>
  /** Gauges that are looked up whenever somebody reads. Those of a look that fails, or takes longer than 2 s, are NaN in that reading. */
  onRead(part: string, gauges: readonly Gauge[], look: () => Promise<void>): void
  /** The text that `GET /metrics` answers with, and its content type. */
  read(): Promise<{ contentType: string; body: string }>
}

/** Under the ten seconds that a scraper waits: a database that is away must not make the process look dead. */
const LOOK_MS = 2_000

async function withinTime(look: Promise<void>): Promise<void> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`not looked up within ${LOOK_MS} ms`)), LOOK_MS)
  try {
    await Promise.race([look, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** Connections of the pool that units share. */
export function meterPool(metrics: Metrics, database: { connections(): { total: number; idle: number; waiting: number } }): void {
  const connections = metrics.gauge<'state'>({ name: 'intellidocs_database_connections', help: 'Connections of the pool by state', labels: ['state'] })
  const waiting = metrics.gauge({ name: 'intellidocs_database_waiting', help: 'Units of work that wait for a connection' })
  metrics.onRead('pool', [waiting], async () => {
    const now = database.connections()
    connections.set({ state: 'busy' }, now.total - now.idle)
    connections.set({ state: 'idle' }, now.idle)
    waiting.set(now.waiting)
  })
}

/** `processMetrics: false` leaves out memory, event loop and garbage collection. */
export function createMetrics({ processMetrics = true }: { processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry()
  if (processMetrics) collectDefaultMetrics({ register: registry })
  const known = new Map<string, Counter | Gauge | Histogram>()
  const once = <M extends Counter | Gauge | Histogram>(name: string, kind: abstract new (...args: never[]) => M, make: () => M): M => {
    const found = known.get(name)
    if (found !== undefined && !(found instanceof kind)) throw new Error(`metric ${name} exists and is of another kind`)
    const metric = found ?? make()
    known.set(name, metric)
    return metric
  }
  const common = <L extends string>({ name, help, labels = [] }: Named<L>) => ({ name, help, labelNames: [...labels], registers: [registry] })
  const looks: (() => Promise<void>)[] = []
  const failures = new Counter(common({
    name: 'intellidocs_metrics_failures_total', help: 'Readings in which a part could not be looked up', labels: ['part'],
  }))
  return {
    onRead: (part, gauges, look) => {
      looks.push(async () => {
        try {
          await withinTime(look())
        } catch {
          // Counted, and visible as NaN; a line at each reading would fill the log while the database is away.
          failures.inc({ part })
          for (const gauge of gauges) gauge.set(Number.NaN)
        }
      })
    },
    counter: (of) => once(of.name, Counter, () => new Counter(common(of))),
    gauge: (of) => once(of.name, Gauge, () => new Gauge(common(of))),
    histogram: (of) => once(of.name, Histogram, () => new Histogram({ ...common(of), buckets: [...of.buckets] })),
    read: async () => {
      await Promise.all(looks.map((look) => look()))
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
  }
}
