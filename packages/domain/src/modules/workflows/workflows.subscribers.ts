import { createRoom, newId, subscriber, systemActor, within, type CommittedEvent, type Subscriber } from '@intellidocs/kernel'
import { runsAsking } from './chores.repository.ts'
import { drivenRunsOf, findRun } from './runs.repository.ts'
import type { RunKey, RunsGateway } from './runs.types.ts'
import type { Happened } from './triggers.policy.ts'
import { beginByTrigger } from './use-cases/begin-by-trigger.ts'
import type { WorkflowsDeps } from './workflows.deps.ts'

/** Deliveries that wait for Temporal at once, for ten seconds each where it does not answer, while the other places of the relay go on. */
const AT_ONCE = 2

/** Every process lists these, so that deliveries are written for them; only the worker, which has a gateway, is handed any. */
export function createWorkflowsSubscribers(deps: WorkflowsDeps): Subscriber[] {
  const room = createRoom(AT_ONCE)
  return [...[driveRuns(deps), followDocuments(deps), forgetPurged(deps), followPeople(deps)].map((each) => within([room], each)), triggerRuns(deps)]
}

function gatewayOf(deps: WorkflowsDeps): RunsGateway {
  if (deps.runs === undefined) throw new Error('this process has no way to Temporal and must not run subscribers')
  return deps.runs
}

/**
 * A run that was started is begun on Temporal, and one that somebody withdrew ends there too; what ends by itself needs no telling. A second delivery finds it begun, or over.
 */
const driveRuns = (deps: WorkflowsDeps): Subscriber => subscriber({
  name: 'workflows.drive-runs',
  events: ['workflows.run-started.v1', 'workflows.run-ended.v1'],
  handle: async ({ orgId, type, payload }) => {
    const { runId, documentId } = payload
    if (type === 'workflows.run-ended.v1') {
      if (payload.outcome === 'withdrawn' && await gatewayOf(deps).isOpen(runId)) await gatewayOf(deps).stir({ orgId, runId, documentId })
      return
    }
    const run = await deps.runInTx(systemActor(orgId, newId()), (tx) => findRun(tx, { orgId, runId }), { readOnly: true })
    if (run !== null && (run.endedAt === null || run.effectsLeft > 0)) await gatewayOf(deps).stir({ orgId, runId, documentId })
  },
})

async function stirAll(deps: WorkflowsDeps, runs: readonly RunKey[]): Promise<void> {
  for (const run of runs) await gatewayOf(deps).stir(run)
}

/** Another version, its reading, the trash, and who is shown the document: its runs look at what that means for them. */
const followDocuments = (deps: WorkflowsDeps): Subscriber => subscriber({
  name: 'workflows.follow-documents',
  events: [
    'documents.uploaded.v1', 'documents.ready.v1', 'documents.failed.v1', 'documents.password-needed.v1', 'documents.cancelled.v1', 'documents.trashed.v1',
    'documents.moved.v1', 'documents.updated.v1', 'documents.grant-removed.v1',
  ],
  handle: async ({ orgId, payload: { documentId } }) => {
    // Of a folder: the chore that looks for stranded tasks comes to what lies below it.
    if (documentId === null) return
    const actor = systemActor(orgId, newId())
    await stirAll(deps, await deps.runInTx(actor, (tx) => drivenRunsOf(tx, { orgId, documentId }), { readOnly: true }))
  },
})

/** Their rows went with the document: what is left of them is on Temporal. */
const forgetPurged = (deps: WorkflowsDeps): Subscriber => subscriber({
  name: 'workflows.forget-purged',
  events: ['documents.purged.v1'],
  handle: async ({ payload: { documentId } }) => {
    for await (const runIds of gatewayOf(deps).openRuns({ documentId })) for (const runId of runIds) await gatewayOf(deps).nudge(runId)
  },
})

/** Who cannot decide any more what they are asked: their tasks are moved by the runs themselves. */
const followPeople = (deps: WorkflowsDeps): Subscriber => subscriber({
  name: 'workflows.follow-people',
  events: ['orgs.member-removed.v1', 'orgs.member-suspended.v1', 'orgs.member-role-set.v1', 'orgs.group-member-removed.v1', 'users.deleted.v1'],
  handle: async ({ orgId, type, payload }) => {
    for (const each of type === 'users.deleted.v1' ? payload.orgs : [orgId]) {
      const runs = await deps.runInTx(systemActor(each, newId()), (tx) => runsAsking(tx, { orgId: each, userId: payload.userId }), { readOnly: true })
      await stirAll(deps, runs)
    }
  },
})

const triggering = ['documents.ready.v1', 'documents.tags-changed.v1', 'documents.metadata-changed.v1', 'documents.moved.v1', 'documents.updated.v1'] as const

function happenedBy(event: CommittedEvent<(typeof triggering)[number]>): Happened {
  switch (event.type) {
    case 'documents.ready.v1': return { kind: 'ready', versionId: event.payload.versionId }
    case 'documents.tags-changed.v1': return { kind: 'tagged', added: event.payload.added }
    case 'documents.metadata-changed.v1': return { kind: 'changed', facts: event.payload.changed.map((field) => `metadata.${field}`) }
    case 'documents.moved.v1': return { kind: 'changed', facts: ['folder'] }
    case 'documents.updated.v1': return { kind: 'changed', facts: event.payload.changed }
  }
}

/** What begins by itself on what happened to a document. */
const triggerRuns = (deps: WorkflowsDeps): Subscriber => subscriber({
  name: 'workflows.trigger-runs',
  events: triggering,
  handle: (event) => beginByTrigger(deps, {
    orgId: event.orgId, documentId: event.payload.documentId, actorId: event.actorId, eventId: event.id, happened: happenedBy(event),
  }),
})
