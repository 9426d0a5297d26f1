import type { EventPayload, notificationsContract, UserId } from '@intellidocs/contracts'
import type { CommittedEvent, Tx } from '@intellidocs/kernel'
import type { SubjectsRepository } from './subjects.repository.ts'
import type { Subject, Told } from './told.types.ts'

/** Events of an organization that people are told of. */
export const toldOf = [
  'workflows.task-assigned.v1', 'workflows.task-reminded.v1', 'workflows.tasks-overdue.v1', 'workflows.run-ended.v1', 'workflows.commented.v1',
  'workflows.version-wanted.v1', 'documents.grant-set.v1', 'documents.failed.v1', 'documents.password-needed.v1', 'users.api-key-created.v1',
  'webhooks.endpoint-paused.v1', 'sharing.opened.v1', 'intake.received.v1', 'subscriptions.quota-neared.v1',
] as const
export type ToldOf = (typeof toldOf)[number]

type Parts = Pick<Told, 'kind' | 'to'> & Partial<Pick<Told, 'about' | 'facts' | 'except'>>
const nothing: Subject = Object.freeze({ documentId: null, folderId: null, runId: null, taskId: null })

const made = (event: Pick<CommittedEvent, 'id' | 'at' | 'actorId'>, parts: Parts): Told =>
  ({ source: `event:${event.id}`, at: event.at, actorId: event.actorId, about: nothing, facts: {}, except: null, ...parts })

const only = (user: UserId) => ({ users: [user] })

/** Whom an event is to be told, and what. Null: nobody, as where a grant was taken away again before anybody was told. */
export async function toldBy(repository: SubjectsRepository, tx: Tx, event: CommittedEvent<ToldOf>): Promise<Told | null> {
  switch (event.type) {
    case 'documents.grant-set.v1': return shared(repository, tx, event)
    case 'documents.failed.v1':
    case 'documents.password-needed.v1': return notRead(repository, tx, event)
    case 'users.api-key-created.v1': return made(event, { kind: 'security', to: only(event.actorId), facts: { matter: 'key-created' } })
    case 'webhooks.endpoint-paused.v1': return paused(event)
    case 'sharing.opened.v1': return opened(event)
    case 'intake.received.v1': return received(event)
    case 'subscriptions.quota-neared.v1': return neared(event)
    default: return ofFlows(event)
  }
}

/** Where the owner left, or may not own it any more, it is for those who manage webhooks to resume it. */
function paused(event: CommittedEvent<'webhooks.endpoint-paused.v1'>): Told {
  const { endpointId, ownerId, why } = event.payload
  return made(event, { kind: 'webhook_paused', to: why === 'owner' ? { org: true } : only(ownerId), facts: { endpointId } })
}

/** Only where whoever made the link wants it, and once an hour: a link may be opened a thousand times, also by somebody who means to fill a mailbox. */
function opened(event: CommittedEvent<'sharing.opened.v1'>): Told | null {
  const { shareId, documentId, folderId, createdBy, notify } = event.payload
  if (!notify) return null
  const told = made(event, { kind: 'link_opened', to: only(createdBy), about: { ...nothing, documentId, folderId }, facts: { shareId } })
  return { ...told, source: `share:${shareId}:${event.at.toISOString().slice(0, 13)}` }
}

/** Whoever made the link, once for what was sent together; it is in their name that files come. */
function received(event: CommittedEvent<'intake.received.v1'>): Told {
  const { createdBy, folderId, submissionId } = event.payload
  return { ...made(event, { kind: 'files_received', to: only(createdBy), about: { ...nothing, folderId } }), source: `submission:${submissionId}` }
}

/** Everybody who looks after the use of the plan, whoever's act it was that came to it. */
function neared(event: CommittedEvent<'subscriptions.quota-neared.v1'>): Told {
  const { meter, percent } = event.payload
  return made(event, { kind: 'quota_near', to: { org: true }, facts: { meter, percent } })
}

type OfFlows = Exclude<ToldOf, 'documents.grant-set.v1' | 'documents.failed.v1' | 'documents.password-needed.v1' | 'users.api-key-created.v1' | 'webhooks.endpoint-paused.v1'
  | 'sharing.opened.v1' | 'intake.received.v1' | 'subscriptions.quota-neared.v1'>

function ofFlows(event: CommittedEvent<OfFlows>): Told {
  const except = event.actorId
  switch (event.type) {
    case 'workflows.task-assigned.v1': {
      const { assigneeId, dueAt, why } = event.payload
      return made(event, { kind: 'task_assigned', to: only(assigneeId), about: aboutRun(event.payload), facts: { dueAt, why } })
    }
    case 'workflows.task-reminded.v1': {
      const { assigneeId, dueAt, overdue } = event.payload
      return made(event, { kind: 'task_reminder', to: only(assigneeId), about: aboutRun(event.payload), facts: { dueAt, overdue } })
    }
    case 'workflows.tasks-overdue.v1': return made(event, { kind: 'tasks_overdue', to: only(event.payload.userId), facts: { tasks: event.payload.tasks } })
    case 'workflows.run-ended.v1':
      return made(event, { kind: 'run_ended', to: only(event.payload.requesterId), about: aboutRun(event.payload), facts: { outcome: event.payload.outcome }, except })
    case 'workflows.version-wanted.v1': {
      const { requesterId, ownerId = requesterId } = event.payload
      return made(event, { kind: 'version_wanted', to: { users: [...new Set([requesterId, ownerId])] }, about: aboutRun(event.payload), except })
    }
    case 'workflows.commented.v1': {
      const { commentId, mentions } = event.payload
      return made(event, { kind: 'mentioned', to: { users: mentions }, about: aboutRun(event.payload), facts: { commentId }, except })
    }
  }
}

type OfRun = EventPayload<'workflows.run-ended.v1' | 'workflows.task-assigned.v1' | 'workflows.task-reminded.v1' | 'workflows.version-wanted.v1' | 'workflows.commented.v1'>

const aboutRun = (payload: OfRun): Subject =>
  ({ ...nothing, documentId: payload.documentId, runId: payload.runId, taskId: 'taskId' in payload ? payload.taskId : null })

/** By the grant and not by the event, so that a level that is set anew is no news. */
async function shared(repository: SubjectsRepository, tx: Tx, event: CommittedEvent<'documents.grant-set.v1'>): Promise<Told | null> {
  const { documentId, folderId } = event.payload
  const grant = await repository.grantOf(tx, event.orgId, event.id)
  if (grant === null) return null
  return { ...made(event, { kind: 'shared', to: grant.to, about: { ...nothing, documentId, folderId }, except: event.actorId }), source: `grant:${grant.id}` }
}

/** Those who uploaded it; it is the worker that fails. */
async function notRead(repository: SubjectsRepository, tx: Tx, event: CommittedEvent<'documents.failed.v1' | 'documents.password-needed.v1'>): Promise<Told | null> {
  const { documentId, versionId, reason } = event.payload
  const uploader = await repository.uploaderOf(tx, event.orgId, versionId)
  return uploader === null ? null : made(event, { kind: 'processing_failed', to: only(uploader), about: { ...nothing, documentId }, facts: { reason } })
}

/** Events of accounts, which belong to no organization: they are told in each that the person is in. */
export const securityEvents = ['users.password-changed.v1', 'users.second-factor-changed.v1', 'users.device-added.v1'] as const
const matters: Readonly<Record<(typeof securityEvents)[number], notificationsContract.Facts['matter']>> = {
  'users.password-changed.v1': 'password-changed', 'users.second-factor-changed.v1': 'second-factor-changed', 'users.device-added.v1': 'new-device',
}

export function toldOfAccount(event: CommittedEvent<(typeof securityEvents)[number]>): Told {
  const matter = matters[event.type]
  return made(event, { kind: 'security', to: only(event.payload.userId), facts: matter === undefined ? {} : { matter } })
}
