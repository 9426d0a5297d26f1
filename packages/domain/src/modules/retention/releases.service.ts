import type { DocumentId, Page, RetentionRelease, RetentionRuleId } from '@intellidocs/contracts'
import { AppError, cursorTime, decodeCursor, pageOf, type Actor, type PageInput } from '@intellidocs/kernel'
import { z } from 'zod'
import type { StoredRelease } from './releases.repository.ts'
import type { RetentionDeps } from './retention.deps.ts'
import { mayRelease } from './retention.policy.ts'

type Recording = { documentId: DocumentId; ruleId: RetentionRuleId; note: string }

/** Releases of documents that are due by rules which ask for one. */
export type ReleasesService = {
  list(actor: Actor, input: PageInput): Promise<Page<RetentionRelease>>
  /** In person; the next sweep deletes the document, unless something keeps it then. @throws AppError release.not_found, release.recorded, auth.session_required */
  record(actor: Actor, input: Recording): Promise<RetentionRelease>
}

const place = z.tuple([cursorTime, z.uuid(), z.uuid()])

const show = ({ documentId, name, ruleId, ruleName, wantedAt, released }: StoredRelease): RetentionRelease => ({
  documentId, name, ruleId, ruleName, wantedAt: wantedAt.toISOString(), released: released === null ? null : { ...released, at: released.at.toISOString() },
})

async function list(deps: RetentionDeps, actor: Actor, { limit, cursor }: PageInput): Promise<Page<RetentionRelease>> {
  const after = cursor === undefined ? null : decodeCursor(place, cursor)
  const rows = await deps.runInTx(actor, (tx) => deps.releases.list(tx, actor, { after, limit: limit + 1 }), { readOnly: true })
  return pageOf(rows, limit, { item: show, key: ({ at, documentId, ruleId }) => [at, documentId, ruleId] })
}

function record(deps: RetentionDeps, actor: Actor, { documentId, ruleId, note }: Recording): Promise<RetentionRelease> {
  if (!mayRelease(actor)) return Promise.reject(new AppError('auth.session_required'))
  return deps.runInTx(actor, async (tx) => {
    const key = { orgId: actor.orgId, documentId, ruleId }
    const changed = await deps.releases.record(tx, key, { by: actor.userId, at: deps.clock.now(), note })
    const [found] = await deps.releases.list(tx, actor, { after: null, limit: 1, only: key })
    if (found === undefined) throw new AppError('release.not_found')
    if (changed !== 1) throw new AppError('release.recorded')
    await deps.outbox.append(tx, actor, {
      type: 'retention.release-recorded.v1', payload: { documentId, ruleId },
      audit: { subjectType: 'document', subjectId: documentId, data: { ruleId, before: { released: null }, after: { released: note } } },
    })
    return show(found)
  })
}

export const createReleasesService = (deps: RetentionDeps): ReleasesService => ({
  list: (actor, input) => list(deps, actor, input),
  record: (actor, input) => record(deps, actor, input),
})
