import type { EventType } from '@intellidocs/contracts'
import type { Actor, FeedEvent } from '@intellidocs/kernel'

/**
 * Who hears of an event that belongs to no document. `member`: whoever may read the organization (guests may not).
 * `actor`: whoever caused it, and those who manage members: keys and invitations are about one person.
 */
const orgEvents: Partial<Record<EventType, 'member' | 'actor'>> = {
  'orgs.created.v1': 'member',
  'orgs.updated.v1': 'member',
  'orgs.deleted.v1': 'member',
  'orgs.undeleted.v1': 'member',
  'orgs.suspended.v1': 'member',
  'orgs.resumed.v1': 'member',
  'orgs.support-granted.v1': 'member',
  'orgs.support-revoked.v1': 'member',
  'orgs.support-opened.v1': 'member',
  'orgs.member-joined.v1': 'member',
  'orgs.member-role-set.v1': 'member',
  'orgs.member-suspended.v1': 'member',
  'orgs.member-resumed.v1': 'member',
  'orgs.member-removed.v1': 'member',
  'orgs.ownership-transferred.v1': 'member',
  'orgs.group-created.v1': 'member',
  'orgs.group-changed.v1': 'member',
  'orgs.group-deleted.v1': 'member',
  'orgs.group-member-added.v1': 'member',
  'orgs.group-member-removed.v1': 'member',
  'orgs.role-created.v1': 'member',
  'orgs.role-changed.v1': 'member',
  'orgs.role-deleted.v1': 'member',
  'orgs.invitation-created.v1': 'actor',
  'orgs.invitation-revoked.v1': 'actor',
  'documents.folder-created.v1': 'member',
  'documents.folder-changed.v1': 'member',
  'documents.folder-deleted.v1': 'member',
  'documents.folder-visibility-set.v1': 'member',
  'documents.handed-over.v1': 'actor',
  'documents.reprocessing-started.v1': 'actor',
  'search.reindex-started.v1': 'actor',
  'search.reindexed.v1': 'actor',
  'workflows.definition-created.v1': 'member',
  'workflows.definition-published.v1': 'member',
  'workflows.definition-archived.v1': 'member',
  'webhooks.endpoint-created.v1': 'actor',
  'webhooks.endpoint-updated.v1': 'actor',
  'webhooks.endpoint-deleted.v1': 'actor',
  'webhooks.secret-rotated.v1': 'actor',
  'webhooks.endpoint-paused.v1': 'actor',
  'webhooks.test-asked.v1': 'actor',
  'webhooks.redelivery-asked.v1': 'actor',
  'analytics.settings-set.v1': 'actor',
  'privacy.person-erased.v1': 'actor',
  'privacy.outsider-erased.v1': 'actor',
  'subscriptions.plan-set.v1': 'actor',
  'subscriptions.quota-neared.v1': 'actor',
  'sharing.policy-set.v1': 'member',
  'retention.hold-placed.v1': 'actor',
  'retention.hold-released.v1': 'actor',
  'retention.rule-set.v1': 'actor',
  'retention.rule-removed.v1': 'actor',
  'retention.trash-set.v1': 'actor',
  'intake.request-created.v1': 'actor',
  'intake.request-updated.v1': 'actor',
  'intake.request-revoked.v1': 'actor',
  'subscriptions.usage-corrected.v1': 'actor',
  'users.api-key-created.v1': 'actor',
  'users.api-key-revoked.v1': 'actor',
}

/**
 * Events for those whom their audience names, and nobody else: a key that may read notifications and nothing more hears them too. One that is about a
 * document is kept from who no longer reads it.
 */
export const personalTypes: readonly EventType[] = [
  'notifications.added.v1', 'notifications.read.v1', 'notifications.preferences-set.v1', 'workflows.tasks-overdue.v1',
  'workflows.delegation-set.v1', 'workflows.delegation-ended.v1',
]
const isPersonal = (type: EventType): boolean => personalTypes.includes(type)

/** Whose events of this kind, those without a document, the actor may hear: anybody's, only their own, nobody's. */
function hearsOf(actor: Actor, type: EventType): 'anybodys' | 'own' | 'none' {
  const audience = orgEvents[type]
  if (audience === undefined) return 'none'
  if (audience === 'member') return actor.permissions.has('orgs:read') ? 'anybodys' : 'none'
  return actor.permissions.has('members:manage') ? 'anybodys' : 'own'
}

/** Types of events without a document: those the actor may hear from anybody, and those only when they did it themselves. */
export function hearableTypes(actor: Actor): { anybodys: EventType[]; own: EventType[] } {
  const types = Object.keys(orgEvents) as EventType[]
  return { anybodys: types.filter((type) => hearsOf(actor, type) === 'anybodys'), own: types.filter((type) => hearsOf(actor, type) === 'own') }
}

/** Events of documents and folders name them: they are for those who may read documents at all, a key of other scopes not among them. */
export const readsDocuments = (actor: Pick<Actor, 'permissions'>): boolean => actor.permissions.has('documents:read')

export const readsNotifications = (actor: Pick<Actor, 'permissions'>): boolean => actor.permissions.has('notifications:read')

/** Events of flows and runs begin with it. */
export const flowTypes = 'workflows.'
/** What they tell of runs is for those who may read runs. */
export const readsFlows = (actor: Pick<Actor, 'permissions'>): boolean => actor.permissions.has('flows:read')
/** Of their own tasks people hear who may decide and read no runs otherwise, such as guests. */
export const decidesTasks = (actor: Pick<Actor, 'permissions'>): boolean => actor.permissions.has('tasks:decide')

const isOwnTask = ({ type, payload }: Pick<FeedEvent, 'type' | 'payload'>, { userId }: Actor): boolean =>
  payload['assigneeId'] === userId || (type === 'workflows.task-decided.v1' && payload['byId'] === userId)

type Heard = Pick<FeedEvent, 'orgId' | 'type' | 'actorId' | 'documentId' | 'audience' | 'readers' | 'payload'>

/** May this actor hear of this event? Asked for each listener of each event. The same rule stands as SQL in the repository; a test holds the two together. */
export function mayHear(actor: Actor, event: Heard): boolean {
  if (event.orgId !== actor.orgId) return false
  const meets = (principals: readonly string[]) => principals.some((principal) => actor.principals.includes(principal))
  if (isPersonal(event.type)) {
    const shown = event.documentId === null || (readsDocuments(actor) && meets(event.readers))
    return readsNotifications(actor) && meets(event.audience ?? []) && shown
  }
  if (event.type.startsWith(flowTypes) && !readsFlows(actor) && !(decidesTasks(actor) && isOwnTask(event, actor))) return false
  if (event.audience !== null) return readsDocuments(actor) && meets(event.audience)
  if (event.documentId !== null) return readsDocuments(actor) && meets(event.readers)
  const hears = hearsOf(actor, event.type)
  return hears === 'anybodys' || (hears === 'own' && event.actorId === actor.userId)
}
