import { SYSTEM_USER_ID, type DocumentId, type OrgId, type TombstoneId, type TombstoneText } from '@intellidocs/contracts'
import { newId, systemActor, toAppError, type Actor, type Tx } from '@intellidocs/kernel'
import type { RetentionDeps } from './retention.deps.ts'
import type { SweepPlace } from './retention.types.ts'
import { verdictOf, type Rule, type Ruling, type Verdict } from './rules.policy.ts'
import { sign } from './tombstones.ts'

/** Documents that are looked at between two heartbeats of a sweep; a batch is read in some tens of milliseconds. */
const BATCH = 500
type Due = Extract<Verdict, { kind: 'due' }>
type One = { readonly actor: Actor; readonly id: DocumentId }

/**
 * Looks at the next documents of one organization and deletes what is due, each in a transaction of its own; answers where to go on, null at the end of the last
 * organization. Begins at the first one for null. What was deleted is not there any more, so a batch may be done twice, also at once.
 */
export async function sweepBatch(deps: RetentionDeps, from: SweepPlace | null, beat: () => void): Promise<SweepPlace | null> {
  beat()
  const orgId = from?.orgId ?? await deps.runAsSystem((tx) => deps.rules.orgBehind(tx, null))
  if (orgId === null) return null
  const actor = systemActor(orgId, newId())
  const { facts, ruling } = await deps.runInTx(actor, async (tx) => ({
    facts: await deps.rules.factsBehind(tx, orgId, { after: from?.after ?? null, limit: BATCH }), ruling: await rulingOf(deps, tx, orgId),
  }), { readOnly: true })
  for (const { id } of facts.filter((one) => verdictOf(one, ruling).kind === 'due')) {
    beat()
    await settle(deps, { actor, id })
  }
  const last = facts.at(-1)
  if (facts.length === BATCH && last !== undefined) return { orgId, after: last.id }
  const next = await deps.runAsSystem((tx) => deps.rules.orgBehind(tx, orgId))
  return next === null ? null : { orgId: next, after: null }
}

const rulingOf = async ({ rules, clock }: RetentionDeps, tx: Tx, orgId: OrgId): Promise<Ruling> =>
  ({ rules: await rules.list(tx, orgId), trashDays: await rules.trashDays(tx, orgId), now: clock.now() })

/** One that cannot go, for it is held or something is wrong with it, keeps no other one from going. */
async function settle(deps: RetentionDeps, one: One): Promise<void> {
  try {
    await deps.runInTx(one.actor, (tx) => deleteDue(deps, tx, one))
  } catch (error) {
    const { code } = toAppError(error)
    if (code === 'service.unavailable') throw error
    if (!['retention.held', 'retention.kept', 'document.not_found', 'document.stale'].includes(code)) deps.log.error({ err: error, documentId: one.id }, 'a document whose time is over was not deleted')
  }
}

/** Decided anew on the locked document, by the rules of this moment. */
async function deleteDue(deps: RetentionDeps, tx: Tx, { actor, id }: One): Promise<void> {
  const { orgId } = actor
  const remains = await deps.tombstones.remains(tx, orgId, id)
  const [facts] = await deps.rules.factsOf(tx, orgId, [id])
  if (remains === null || facts === undefined) return
  const ruling = await rulingOf(deps, tx, orgId)
  const verdict = verdictOf(facts, ruling)
  if (verdict.kind !== 'due') return
  const recorded = await deps.releases.recorded(tx, { orgId, documentId: id })
  const wanting = verdict.releases.filter((rule) => !recorded.some(({ ruleId }) => ruleId === rule.id))
  if (wanting.length > 0) return want(deps, tx, { actor, id, wanting })
  await deps.discard(tx, actor, id)
  const releases = recorded.map(({ ruleId, by, at, note }) => ({ rule: ruleId, by, at: at.toISOString(), note }))
  await leaveTombstone(deps, tx, { actor, text: {
    format: 'intellidocs-tombstone-1', id: newId() as TombstoneId, org: orgId, document: id, versions: remains.versions, createdAt: remains.createdAt.toISOString(),
    trashedAt: remains.trashedAt?.toISOString() ?? null, deletedAt: ruling.now.toISOString(), by: SYSTEM_USER_ID, rule: named(verdict), releases,
  } })
}

const named = ({ by }: Due): TombstoneText['rule'] => (by === null ? null : { id: by.id, name: by.name })

async function want(deps: RetentionDeps, tx: Tx, { actor, id, wanting }: One & { readonly wanting: readonly Rule[] }): Promise<void> {
  for (const { id: ruleId } of wanting) {
    if (!await deps.releases.want(tx, { orgId: actor.orgId, documentId: id, ruleId }, deps.clock.now())) continue
    await deps.outbox.append(tx, actor, {
      type: 'retention.release-wanted.v1', payload: { documentId: id, ruleId }, audit: { subjectType: 'document', subjectId: id, data: { ruleId } },
    })
  }
}

async function leaveTombstone(deps: RetentionDeps, tx: Tx, { actor, text }: { actor: Actor; text: TombstoneText }): Promise<void> {
  const { id, document: documentId, deletedAt, rule, releases } = text
  await deps.tombstones.insert(tx, actor.orgId, { id, documentId, at: new Date(deletedAt), ...sign(deps.keys, text) })
  await deps.outbox.append(tx, actor, {
    type: 'retention.tombstone-left.v1', payload: { documentId, tombstoneId: id }, audit: { subjectType: 'document', subjectId: documentId, data: { tombstoneId: id, rule, releases } },
  })
}
