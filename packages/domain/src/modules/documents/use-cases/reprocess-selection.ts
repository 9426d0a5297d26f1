import { MOST_REPROCESSED, type DocumentId, type OrgId, type Page, type Reprocessing, type ReprocessingId, type ReprocessWhere } from '@intellidocs/contracts'
import { AppError, newId, positionedPage, systemActor, windowOf, type Actor, type PageInput, type Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canEdit } from '../documents.policy.ts'
import { lockDocument } from '../processing.repository.ts'
import * as rows from '../reprocessing.repository.ts'
import { requeueSettled } from '../versions.repository.ts'

type Input = { readonly where: ReprocessWhere }
type Chosen = { readonly documents: rows.Candidate[]; readonly more: boolean }

const PORTION = 2_000
/** Selections that a member may have under way. */
const MOST_OPEN = 3
/** Of an organization's selections in work at a time, in equal shares by member: enough to keep a few workers busy, and what somebody uploads meanwhile waits behind no more than these. */
const AT_ONCE = 20

/** Those of the selection that the actor may edit. */
async function choose(tx: Tx, actor: Actor, where: ReprocessWhere): Promise<Chosen> {
  const documents: rows.Candidate[] = []
  for (let after: DocumentId | null = null; ;) {
    const found: rows.Candidate[] = await rows.listCandidates(tx, actor, { where, after, limit: PORTION })
    documents.push(...found.filter((candidate) => canEdit(actor, candidate)))
    if (documents.length > MOST_REPROCESSED) return { documents: documents.slice(0, MOST_REPROCESSED), more: true }
    after = found.at(-1)?.documentId ?? null
    if (found.length < PORTION) return { documents, more: false }
  }
}

/** How many documents a selection has now, and what reading them again is going to take. Nothing is changed. */
export function previewReprocessing(
  deps: DocumentsDeps, actor: Actor, { where }: Input,
): Promise<{ documents: number; pages: number; more: boolean; estimatedSeconds: number | null }> {
  return deps.runInTx(actor, async (tx) => {
    const { documents, more } = await choose(tx, actor, where)
    const pages = documents.reduce((sum, document) => sum + document.pages, 0)
    const pageMs = documents.some(({ tookMs }) => tookMs === null) ? await rows.measuredPageMs(tx, actor.orgId) : 0
    const took = pageMs === null ? null : documents.reduce((sum, { tookMs, pages: own }) => sum + (tookMs ?? pageMs * Math.max(1, own)), 0)
    return { documents: documents.length, pages, more, estimatedSeconds: took === null ? null : Math.ceil(took / 1000) }
  }, { readOnly: true })
}

/**
 * Chooses the documents of a selection and has them read again, some at a time, by `goOnReprocessing`. What the actor may do is decided now: it is theirs to have
 * asked for, whatever becomes of them meanwhile. @throws AppError document.reprocessing_limit
 */
export function startReprocessing(deps: DocumentsDeps, actor: Actor, { where }: Input): Promise<Reprocessing> {
  return deps.runInTx(actor, async (tx) => {
    if (await rows.countOpen(tx, actor) >= MOST_OPEN) throw new AppError('document.reprocessing_limit')
    const { documents } = await choose(tx, actor, where)
    const id = newId() as ReprocessingId
    const at = deps.clock.now()
    await rows.insertReprocessing(tx, { id, orgId: actor.orgId, userId: actor.userId, where, at }, documents)
    await deps.outbox.append(tx, actor, {
      type: 'documents.reprocessing-started.v1', payload: { reprocessingId: id, documents: documents.length },
      audit: { subjectType: 'reprocessing', subjectId: id, data: { where, documents: documents.length } },
    })
    return toReprocessing({ id, where, documents: documents.length, left: documents.length, createdAt: at, endedAt: documents.length === 0 ? at : null })
  })
}

/** The actor's own, newest first. @throws AppError input.cursor */
export async function listReprocessings(deps: DocumentsDeps, actor: Actor, input: PageInput): Promise<Page<Reprocessing>> {
  const found = await deps.runInTx(actor, (tx) => rows.listReprocessings(tx, actor, windowOf(input)), { readOnly: true })
  return positionedPage(found, input.limit, toReprocessing)
}

const toReprocessing = ({ id, where, documents, left, createdAt, endedAt }: Omit<rows.ReprocessingRow, 'position'>): Reprocessing =>
  ({ id, where, documents, left, createdAt: createdAt.toISOString(), endedAt: endedAt?.toISOString() ?? null })

/**
 * For the worker: in each organization, has the next documents of each member's oldest selection read again as far as fewer than the member's share of `AT_ONCE` of it
 * are in work, and ends what is through: nobody waits behind all that somebody else chose. Answers how many were asked for. All of its state is rows, so that it goes on after any loss; safe in several workers at once.
 */
export async function goOnReprocessing(deps: DocumentsDeps, signal: AbortSignal): Promise<number> {
  let asked = 0
  for (const orgId of await deps.runAsSystem(rows.orgsReprocessing)) {
    signal.throwIfAborted()
    asked += await goOnIn(deps, orgId)
  }
  return asked
}

/** A transaction to each selection: in the order of their ids, as they are asked for in one, documents are locked without a knot. */
async function goOnIn(deps: DocumentsDeps, orgId: OrgId): Promise<number> {
  const actor = systemActor(orgId, newId())
  let sum = 0
  for (const { id, members } of await deps.runInTx(actor, (tx) => rows.listTurns(tx, orgId, AT_ONCE), { readOnly: true })) {
    sum += await deps.runInTx(actor, async (tx) => {
      if (!await rows.hold(tx, { orgId, id })) return 0
      await rows.dropOver(tx, { orgId, id })
      const { asked, next } = await rows.nextChosen(tx, { orgId, id }, Math.max(1, Math.floor(AT_ONCE / members)))
      if (asked === 0 && next.length === 0) await rows.endReprocessing(tx, { orgId, id }, deps.clock.now())
      for (const chosen of next) await ask(deps, tx, { actor, id, chosen })
      return next.length
    })
  }
  return sum
}

/** One that moved on since it was looked at is left as it is, and dropped the next time. */
async function ask(deps: DocumentsDeps, tx: Tx, { actor, id, chosen }: { actor: Actor; id: ReprocessingId; chosen: rows.Chosen }): Promise<void> {
  const { orgId } = actor
  const { documentId, versionId } = chosen
  if (!await lockDocument(tx, orgId, documentId)) return
  const attempt = await requeueSettled(tx, { orgId, ...chosen }, { at: deps.clock.now(), scanning: deps.scanning === true })
  if (attempt === null) return
  await rows.noteAsked(tx, { orgId, id }, { versionId, attempt })
  await deps.outbox.append(tx, actor, {
    type: 'documents.reprocess-requested.v1', documentId, payload: { documentId, versionId, attempt },
    audit: { subjectType: 'document', subjectId: documentId, data: { versionId, attempt, why: 'selection', reprocessing: id } },
  })
}
