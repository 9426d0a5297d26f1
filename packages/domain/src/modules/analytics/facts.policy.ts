import { SYSTEM_USER_ID, type EventType } from '@intellidocs/contracts'
import type { CommittedEvent } from '@intellidocs/kernel'
import { binOf } from './histogram.ts'

/**
 * One thing that is counted, as it is kept: `m` the metric, `d` of what (a reason, a stage, a person), `n` how many, `t` their sum of bytes, pages,
 * milliseconds or seconds, `b` the bin of a time. Short, as there is one for each thing that ever happened.
 */
export type Fact = { readonly m: Metric; readonly d?: string; readonly n: number; readonly t?: number; readonly b?: number }

export const metrics = [
  'added', 'versions', 'trashed', 'restored', 'purged', 'ready', 'pages', 'types', 'failed', 'waited', 'stages', 'turnaround', 'queue', 'people',
  'search', 'search.empty', 'search.took', 'search.opened', 'shares', 'flows.started', 'flows.ended', 'flows.cycle', 'flows.stages', 'flows.late', 'flows.verdicts', 'flows.people',
] as const
export type Metric = (typeof metrics)[number]
/** Of whom it tells only on which days they were active. */
export const PRESENCE: Metric = 'people'
/** What is of a person: `d` is their id, or the pseudonym of somebody whom the organization erased. */
export const PERSONAL: readonly Metric[] = [PRESENCE, 'flows.people']

type Event<T extends EventType> = Pick<CommittedEvent<T>, 'payload'>
type Rules = { readonly [T in EventType]?: (event: Event<T>) => Fact[] }

const one = (m: Metric, d?: string): Fact => ({ m, n: 1, ...(d === undefined ? {} : { d }) })
const time = (m: Metric, ms: number, d?: string): Fact => ({ ...one(m, d), t: ms, b: binOf(ms) })
/** That somebody did something is all that is counted of it. */
const act = (): Fact[] => []
const UNKNOWN = 'unknown'
/** Purged without having been in the trash. */
export const UNTRASHED = 'active'
/** Places of hits that are told apart. */
const POSITIONS_TOLD = 10
export const MORE = 'more'

/** What each event counts for, beside the person who caused it. A line for each; what stands here is heard. */
const rules = {
  'documents.uploaded.v1': ({ payload: { size, number = 1, lifecycle } }) => [
    { ...one('versions'), t: size }, ...(number === 1 ? [one('added')] : []), ...(lifecycle === 'trashed' ? [one('trashed')] : []),
  ],
  'documents.ready.v1': ({ payload: { pages, reading } }) => {
    const ocr = reading?.ocrPages ?? 0
    const stages = Object.entries(reading?.stagesMs ?? {})
    const waited = reading?.waitedMs ?? null
    return [
      one('ready'), { m: 'pages', d: 'text', n: 1, t: pages - ocr }, ...(ocr > 0 ? [{ m: 'pages' as const, d: 'ocr', n: 1, t: ocr }] : []),
      { m: 'types', d: reading?.mime ?? UNKNOWN, n: 1, t: pages }, ...stages.map(([stage, ms]) => time('stages', ms, stage)),
      ...(waited === null ? [] : [time('waited', waited), time('turnaround', stages.reduce((sum, [, ms]) => sum + ms, waited))]),
    ]
  },
  'documents.failed.v1': ({ payload: { reason } }) => [one('failed', reason)],
  'documents.password-needed.v1': ({ payload: { reason } }) => [one('failed', reason)],
  'documents.cancelled.v1': () => [one('failed', 'cancelled')],
  'documents.trashed.v1': () => [one('trashed')],
  'documents.restored.v1': () => [one('restored')],
  'documents.purged.v1': ({ payload: { held, lifecycle } }) => [{ ...(lifecycle === 'active' ? one('purged', UNTRASHED) : one('purged')), t: held?.bytes ?? 0 }],
  'documents.updated.v1': act, 'documents.moved.v1': act, 'documents.tags-changed.v1': act, 'documents.metadata-changed.v1': act,
  'documents.grant-set.v1': act, 'documents.folder-created.v1': act,
  'workflows.run-started.v1': ({ payload: { flowId } }) => [one('flows.started', flowId)],
  'workflows.run-ended.v1': ({ payload: { flowId, outcome, tookMs } }) => [
    one('flows.ended', `${flowId}/${outcome}`), ...(tookMs === undefined ? [] : [time('flows.cycle', tookMs, flowId)]),
  ],
  'workflows.stage-closed.v1': ({ payload: { stage, timing } }) => (timing === undefined ? [] : [
    time('flows.stages', timing.tookMs, `${timing.flowId}/${stage}`), ...(timing.late ? [one('flows.late', `${timing.flowId}/${stage}`)] : []),
  ]),
  'workflows.task-decided.v1': ({ payload: { byId, verdict, timing } }) => (timing === undefined ? [] : [
    one('flows.verdicts', `${timing.flowId}/${verdict}`), time('flows.people', timing.tookMs, byId),
  ]),
  'workflows.commented.v1': act,
  'sharing.created.v1': () => [one('shares', 'created')],
  'sharing.revoked.v1': () => [one('shares', 'revoked')],
  'sharing.opened.v1': () => [one('shares', 'opened')],
  'sharing.downloaded.v1': () => [one('shares', 'downloaded')],
  'search.queries-counted.v1': ({ payload: { queries, opened } }) => [
    ...queries.flatMap(({ userId, mode, empty, tookMs }) => [
      one('search', mode), ...(empty ? [one('search.empty')] : []), time('search.took', tookMs), ...(userId === SYSTEM_USER_ID ? [] : [one(PRESENCE, userId)]),
    ]),
    ...opened.map((position) => one('search.opened', position > POSITIONS_TOLD ? MORE : String(position))),
  ],
} as const satisfies Rules

export type HeardType = keyof typeof rules
export const heardTypes = Object.keys(rules) as HeardType[]

/** What the event counts for. The worker is nobody: what it does makes no person active. */
export function factsOf(event: Pick<CommittedEvent, 'type' | 'payload' | 'actorId'>): Fact[] {
  const rule = (rules as Readonly<Partial<Record<EventType, (event: Pick<CommittedEvent, 'payload'>) => Fact[]>>>)[event.type]
  if (rule === undefined) return []
  return merged([...rule(event), ...(event.actorId === SYSTEM_USER_ID ? [] : [one(PRESENCE, event.actorId)])])
}

/** Counts of the same thing as one; what was measured stays apart, so that the longest of it is known. */
function merged(facts: readonly Fact[]): Fact[] {
  const counts = Map.groupBy(facts.filter(({ t }) => t === undefined), ({ m, d = '' }) => `${m} ${d}`)
  return [...facts.filter(({ t }) => t !== undefined), ...[...counts.values()].flatMap(([first, ...more]) => (first === undefined ? [] : [
    { ...first, n: more.reduce((sum, { n }) => sum + n, first.n) },
  ]))]
}

/** When it happened: what is told of in parts says itself of when it is. */
export const timeOf = (event: Pick<CommittedEvent, 'type' | 'payload' | 'at'>): Date =>
  (event.type === 'search.queries-counted.v1' && 'from' in event.payload ? new Date(event.payload.from) : event.at)

/** Gauges are looked at so often; one of a quarter of an hour counts once. */
export const GAUGE_MS = 15 * 60_000

/** Stands for the event that a gauge has not: below nought, the same for all looks of a quarter of an hour. */
export const gaugeId = (at: Date): bigint => -BigInt(Math.floor(at.getTime() / GAUGE_MS))

export type Queue = { readonly open: number; readonly oldestSeconds: number }
/** `t`: the age of the oldest version that waits or is in work, in seconds. */
export const factsOfQueue = ({ oldestSeconds }: Pick<Queue, 'oldestSeconds'>): Fact[] => [{ m: 'queue', n: 1, t: Math.max(0, Math.round(oldestSeconds)) }]
