import { parser } from '@prometheus-io/lezer-promql'

export type Query = { readonly broken: boolean; readonly metrics: readonly string[]; readonly labels: readonly string[] }

/** What Grafana puts in for its own variables before Prometheus sees an expression. */
const asSent = (expr: string): string => expr.replaceAll('$__rate_interval', '1m')

/** The metrics and labels that an expression names, read by Prometheus' own grammar. */
export function readQuery(expr: string): Query {
  const text = asSent(expr)
  let broken = false
  const [metrics, labels]: [Set<string>, Set<string>] = [new Set(), new Set()]
  parser.parse(text).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) broken = true
      if (type.name === 'VectorSelector') {
        const name = /^[A-Za-z_:][A-Za-z0-9_:]*/.exec(text.slice(from, to))?.[0]
        if (name !== undefined) metrics.add(name)
      }
      if (type.name === 'LabelName') labels.add(text.slice(from, to))
    },
  })
  return { broken, metrics: [...metrics], labels: [...labels] }
}

export type Reading = { has(metric: string): boolean; labelsOf(metric: string): ReadonlySet<string> | null }

/** What a text for Prometheus offers. `labelsOf` is null while a metric has no series. */
export function readMetrics(...texts: readonly string[]): Reading {
  const labels = new Map<string, Set<string>>()
  const names = new Set<string>()
  for (const line of texts.join('\n').split('\n')) {
    const [, typed = '', type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? []
    if (typed !== '') for (const name of type === 'histogram' ? ['_bucket', '_count', '_sum'].map((end) => typed + end) : [typed]) names.add(name)
    const [, series = '', inside] = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? /.exec(line) ?? []
    if (series === '') continue
    const known = labels.get(series) ?? new Set()
    for (const match of (inside ?? '').matchAll(/([A-Za-z_]\w*)="/g)) known.add(match[1] ?? '')
    labels.set(series, known)
  }
  return { has: (metric) => names.has(metric), labelsOf: (metric) => labels.get(metric) ?? null }
}
