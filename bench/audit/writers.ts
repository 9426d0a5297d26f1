import { setTimeout as delay } from 'node:timers/promises'
import type { FolderId, OrgId, UserId } from '@intellidocs/contracts'
import { createOutbox, newId, type Actor, type RunInTx } from '@intellidocs/kernel'
import { testActor } from '@intellidocs/testing'
import type { AuditModule } from '../../packages/domain/src/modules/audit/index.ts'

const SEAL_EVERY_MS = 1_000

export const variants = ['without_audit', 'with_audit', 'with_audit_and_sealer'] as const
export type Variant = (typeof variants)[number]
/** `audit` seals beside the writers where the variant says so. */
export type Place = { readonly runInTx: RunInTx; readonly audit: AuditModule | null; readonly writers: number }

/** Editors of so many organizations. */
export const editorsOf = (orgs: number): Actor[] => Array.from({ length: orgs }, () => testActor(newId() as OrgId, newId() as UserId, 'editor'))

const outbox = createOutbox()

/** Transactions that were committed in a second. */
export async function writeFor(ms: number, { runInTx, audit, writers }: Place, { actors, variant }: { actors: readonly Actor[]; variant: Variant }): Promise<number> {
  const until = performance.now() + ms
  let done = 0
  const sealing = async (): Promise<void> => {
    while (performance.now() < until) {
      await audit?.seal()
      await delay(Math.max(0, Math.min(SEAL_EVERY_MS, until - performance.now())))
    }
  }
  const writing = async (_: unknown, writer: number): Promise<void> => {
    for (let turn = writer; performance.now() < until; turn += writers) {
      const actor = actors[turn % actors.length]
      if (actor === undefined) throw new Error('no organization to write for')
      const folderId = newId() as FolderId
      await runInTx(actor, (tx) => outbox.append(tx, actor, {
        type: 'documents.folder-created.v1', payload: { folderId },
        audit: variant !== 'without_audit' && { subjectType: 'folder', subjectId: folderId, data: { before: null, after: { name: 'a folder of the usual length' } } },
      }))
      done += 1
    }
  }
  const began = performance.now()
  await Promise.all([...Array.from({ length: writers }, writing), ...(variant === 'with_audit_and_sealer' ? [sealing()] : [])])
  return done / ((performance.now() - began) / 1000)
}
