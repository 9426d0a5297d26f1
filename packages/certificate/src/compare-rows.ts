import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Certificate, CertifiedDecision, CertifiedPerson, CertifiedUnheard } from './certificate.ts'
import { finding, type Finding } from './findings.ts'

/** Rows of the audit about a run, as the lines that were hashed, by number. */
export type SealedLines = ReadonlyMap<number, string>

/** One thing that the certificate and the audit both tell: what happened, to what, and all that is said of it. */
type Told = { readonly action: string; readonly of: string; readonly says: Readonly<Record<string, unknown>> }

const data = z.record(z.string(), z.unknown())
const sealedRow = z.looseObject({ seq: z.int(), actor: z.looseObject({ id: z.string(), kind: z.string() }), action: z.string(), subject: z.looseObject({ type: z.string(), id: z.string().nullable() }), data })
type SealedRow = z.infer<typeof sealedRow>

const [STARTED, CLOSED, ASSIGNED, DECIDED, UNHEARD, ENDED] = [
  'workflows.run-started.v1', 'workflows.stage-closed.v1', 'workflows.task-assigned.v1', 'workflows.task-decided.v1', 'workflows.task-closed.v1', 'workflows.run-ended.v1',
] as const
type Action = typeof STARTED | typeof CLOSED | typeof ASSIGNED | typeof DECIDED | typeof UNHEARD | typeof ENDED

/** What is read of a row: the thing that it is about, and what both tell of it. */
const readers: Readonly<Record<Action, { readonly of: (row: SealedRow['data']) => unknown; readonly says: (row: SealedRow) => Told['says'] }>> = {
  [STARTED]: { of: () => 'run', says: ({ data: { documentId, flowId, flowVersion, requesterId, cause } }) => ({ documentId, flowId, flowVersion, requesterId, began: beganBy(cause) }) },
  [CLOSED]: { of: ({ stage, round }) => `${String(stage)}, round ${String(round)}`, says: ({ data: { outcome } }) => ({ outcome }) },
  [ASSIGNED]: { of: ({ taskId }) => taskId, says: ({ data: { stage, round, assigneeId, why, for: forId, by } }) => ({ stage, round, assigneeId, why, for: forId === assigneeId ? null : forId, by }) },
  [DECIDED]: {
    of: ({ taskId }) => taskId,
    says: ({ seq, actor, data: { decisionId, byId, verdict, version, contentSha256, secondFactor, commentSha256, at } }) =>
      ({ row: seq, decisionId, actorId: actor.id, via: actor.kind, byId, verdict, version, contentSha256, secondFactor, commentSha256, at }),
  },
  [UNHEARD]: { of: ({ taskId }) => taskId, says: ({ data: { assigneeId, why } }) => ({ assigneeId, why }) },
  [ENDED]: {
    of: () => 'run',
    says: ({ actor, data: { outcome, reason, flowId, flowVersion, requesterId, version, contentSha256, at } }) =>
      ({ outcome, reason, flowId, flowVersion, requesterId, version, contentSha256, at, withdrawnBy: outcome === 'withdrawn' ? actor.id : null }),
  },
}
const isTold = (action: string): action is Action => Object.hasOwn(readers, action)

/** By the word that a cause begins with: that of the flow's trigger, or `effect`; `event` stands in rows from before there were words for what changed. */
const BEGAN: Readonly<Record<string, Certificate['run']['began']>> = { ready: 'version', uploaded: 'version', tagged: 'change', changed: 'change', event: 'change', effect: 'run' }

/** How a run began; one that somebody asked for has no cause. */
export function beganBy(cause: unknown): Certificate['run']['began'] | null {
  if (cause === null) return 'request'
  const word = typeof cause === 'string' ? cause.split(':', 1)[0] ?? '' : ''
  return Object.hasOwn(BEGAN, word) ? BEGAN[word] ?? null : null
}

const idOf = (person: CertifiedPerson | null): string | null => person?.id ?? null
const sha256Of = (text: string | null): string | null => (text === null ? null : createHash('sha256').update(text).digest('hex'))

const assignment = ({ taskId, stage, round, person, why, onBehalfOf, handedOnBy }: CertifiedDecision | CertifiedUnheard): Told =>
  ({ action: ASSIGNED, of: taskId, says: { stage, round, assigneeId: person.id, why, for: idOf(onBehalfOf), by: idOf(handedOnBy) } })

/** What the certificate tells that the audit tells too. */
function* toldBy({ run, flow, document, stages, decisions, unheard }: Certificate): Generator<Told> {
  const ofFlow = { flowId: flow.id, flowVersion: flow.version, requesterId: run.requester.id }
  yield { action: STARTED, of: 'run', says: { ...ofFlow, documentId: document.id, began: run.began } }
  for (const { key, round, outcome } of stages) yield { action: CLOSED, of: `${key}, round ${round}`, says: { outcome } }
  for (const each of [...decisions, ...unheard]) yield assignment(each)
  for (const { row, id, taskId, person, via, verdict, version, contentSha256, secondFactor, comment, at } of decisions) {
    const by = { decisionId: id, actorId: person.id, via: via === 'session' ? 'user' : via, byId: person.id }
    yield { action: DECIDED, of: taskId, says: { ...by, row, verdict, version, contentSha256, secondFactor, commentSha256: sha256Of(comment), at } }
  }
  for (const { taskId, person, end } of unheard) yield { action: UNHEARD, of: taskId, says: { assigneeId: person.id, why: end } }
  const { outcome, reason, endedAt: at, withdrawnBy } = run
  yield { action: ENDED, of: 'run', says: { ...ofFlow, outcome, reason, at, version: document.version, contentSha256: document.sha256, withdrawnBy: idOf(withdrawnBy) } }
}

/** A row of the audit, read of its line; null for a line that is none. */
export function rowOf(line: string): SealedRow | null {
  try {
    return sealedRow.parse(JSON.parse(line))
  } catch {
    return null
  }
}

/** Numbers of the rows that tell of decisions, by the decisions' ids. */
export function rowsOfDecisions(lines: SealedLines): Map<unknown, number> {
  const rows = [...lines.values()].map(rowOf)
  return new Map(rows.flatMap((row) => (row?.action === DECIDED ? [[row.data['decisionId'], row.seq] as const] : [])))
}

/** Whether a row is one that a certificate of this run has to name: it tells of something that the certificate tells. */
export const isAbout = (run: Pick<Certificate['run'], 'id'>, { action, subject }: SealedRow): boolean => isTold(action) && subject.type === 'flowRun' && subject.id === run.id

/** What the audit does not tell as the certificate does: each thing once, neither more nor fewer, and with the same words. The lines are taken for proven. */
export function compareRows(certificate: Certificate, lines: SealedLines): Finding[] {
  const told = new Map([...toldBy(certificate)].map(({ action, of, says }) => [`${action} ${of}`, JSON.stringify(says, Object.keys(says).toSorted())]))
  const found: Finding[] = []
  for (const [seq, line] of lines) {
    const row = rowOf(line)
    if (row === null || !isAbout(certificate.run, row)) continue
    const { of, says } = readers[row.action as Action]
    const name = `${row.action} ${String(of(row.data))}`
    if (told.get(name) !== JSON.stringify(says(row), Object.keys(says(row)).toSorted())) found.push(finding('audit.contradicts', seq))
    told.delete(name)
  }
  return [...found, ...[...told.keys()].map((name) => finding('audit.silent', name))]
}
