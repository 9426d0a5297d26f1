import { permissions, type ErrorCode } from '@intellidocs/contracts'
import type { Who } from './callers.ts'

/** What an id may name, the states of it that the cases try (the first is the usual one), and how what is not there is answered. */
export const things = {
  document: { states: ['active', 'processing', 'trashed', 'restricted'], absent: 'document.not_found' },
  folder: { states: ['open', 'restricted'], absent: 'folder.not_found' },
  group: { states: ['with a member'], absent: 'group.not_found' },
  role: { states: ['unused'], absent: 'role.not_found' },
  member: { states: ['editor', 'suspended', 'owner'], absent: 'member.not_found' },
  invitation: { states: ['open', 'expired'], absent: 'invitation.not_found' },
  key: { states: ['own', 'revoked', "another's"], absent: 'api_key.not_found' },
  session: { states: ['own', "another's"], absent: 'session.not_found' },
  // Nobody is told that one is not there: there is nothing to mark.
  notification: { states: ['own', "another's"], absent: 'document.not_found' },
  upload: { states: ['own', "another's"], absent: 'upload.not_found' },
  run: { states: ['open', 'over', 'hidden'], absent: 'run.not_found' },
  task: { states: ['own', "another's", 'decided'], absent: 'task.not_found' },
  delegation: { states: ['own', "another's"], absent: 'delegation.not_found' },
  flow: { states: ['published', 'draft', 'archived'], absent: 'flow.not_found' },
  query: { states: ['own', "another's"], absent: 'search.not_found' },
  view: { states: ['own', "another's"], absent: 'search.view_not_found' },
  endpoint: { states: ['active', 'paused'], absent: 'webhook.not_found' },
  share: { states: ['own', 'revoked', "another's"], absent: 'share.not_found' },
  uploadRequest: { states: ['own', 'revoked', "another's"], absent: 'upload_request.not_found' },
  delivery: { states: ['delivered', 'pending', 'dead'], absent: 'delivery.not_found' },
  hold: { states: ['standing', 'released'], absent: 'hold.not_found' },
  consent: { states: ['open', 'over'], absent: 'support.not_found' },
  rule: { states: ['set'], absent: 'retention_rule.not_found' },
  // What the installation has belongs to no organization.
  organization: { states: ['active', 'suspended', 'deleting'], absent: 'admin.org_not_found', nobodys: true },
  account: { states: ['open', 'with a second factor', 'suspended'], absent: 'admin.user_not_found', nobodys: true },
  standingConsent: { states: ['open', 'over'], absent: 'support.not_found', nobodys: true },
  reset: { states: ['open', 'own', 'decided', 'expired'], absent: 'admin.reset_not_found', nobodys: true },
} as const satisfies Record<string, { states: readonly string[]; absent: ErrorCode; nobodys?: true }>
export type Thing = keyof typeof things

/** Null: allowed, as far as this thing goes. The permission of the procedure was looked at before. */
type Decide = (who: Who, state: string) => ErrorCode | null
type Rule = { readonly thing: Thing; readonly says: string; readonly decide: Decide }

const seesDocument = (who: Who, state: string): boolean => who.owns || (who.atLarge && state !== 'restricted')
const managesDocuments = (who: Who): boolean => who.owns || who.holds.has('documents:manage')
const seesFolder = (who: Who, state: string): boolean => who.owns || (who.atLarge && state === 'open')
const managesFolder = (who: Who, state: string): boolean => (state === 'open' ? who.holds.has('documents:manage') : who.owns)
const holdsAll = (who: Who): boolean => permissions.every((permission) => who.holds.has(permission))

const document = (may: (who: Who) => boolean): Decide => (who, state) => {
  if (!seesDocument(who, state)) return 'document.not_found'
  return may(who) ? null : 'auth.forbidden'
}
const folder = (may: Decide): Decide => (who, state) => (seesFolder(who, state) ? may(who, state) : 'folder.not_found')
const any: Decide = () => null
const run = (may: (who: Who) => boolean): Decide => (who, state) => {
  if (!who.owns && (!who.atLarge || state === 'hidden')) return 'run.not_found'
  return may(who) ? null : 'auth.forbidden'
}
const task = (may: Decide): Decide => (who, state) => {
  if (!who.atLarge) return 'task.not_found'
  return may(who, state) ?? (state === 'decided' ? 'task.decided' : null)
}
const reassigns = (who: Who): boolean => who.holds.has('flows:manage') || (managesDocuments(who) && who.holds.has('documents:edit'))

const organization = (...states: string[]): Decide => (_, state) => (states.includes(state) ? null : 'admin.org_state')

/** What is asked of the caller for each thing that a call names. Documents and folders of the cases belong to the owner and are granted to nobody else. */
export const rules = {
  readsDocument: { thing: 'document', says: 'a reader of the document', decide: document(() => true) },
  editsDocument: { thing: 'document', says: 'level edit on the document', decide: document((who) => who.holds.has('documents:edit')) },
  deletesDocument: { thing: 'document', says: 'level edit on the document', decide: document(() => true) },
  managesDocument: { thing: 'document', says: 'level manage on the document', decide: document((who) => managesDocuments(who) && who.holds.has('documents:edit')) },
  purgesDocument: { thing: 'document', says: 'level manage on the document', decide: document(managesDocuments) },
  seesFolder: { thing: 'folder', says: 'a folder that is shown to the caller', decide: folder(any) },
  editsFolder: { thing: 'folder', says: 'level edit on the folder', decide: folder(any) },
  managesFolder: {
    thing: 'folder', says: 'level manage on the folder',
    decide: folder((who, state) => (managesFolder(who, state) && who.holds.has('documents:edit') ? null : 'auth.forbidden')),
  },
  anyGroup: { thing: 'group', says: 'a group of the organization', decide: any },
  heldRole: { thing: 'role', says: 'a role that holds no more than the caller', decide: any },
  anyMember: { thing: 'member', says: 'a member', decide: any },
  grantee: {
    thing: 'member', says: 'an active member', decide: (_, state) => (state === 'suspended' ? 'grant.principal_unknown' : null),
  },
  weakerMember: {
    thing: 'member', says: 'a member who holds no more than the caller',
    decide: (who, state) => (state === 'owner' && !holdsAll(who) ? 'member.stronger' : null),
  },
  memberToUnseat: {
    thing: 'member', says: 'a member who holds no more than the caller; an owner only in person, not by a key',
    decide: (who, state) => {
      if (state !== 'owner') return null
      if (!holdsAll(who)) return 'member.stronger'
      return who.by === 'key' ? 'auth.session_required' : null
    },
  },
  anyInvitation: { thing: 'invitation', says: 'an open invitation', decide: any },
  endsKey: {
    thing: 'key', says: "an own key; members:manage for another's",
    decide: (who, state) => (state === "another's" && !who.holds.has('members:manage') ? 'api_key.not_found' : null),
  },
  ownSession: { thing: 'session', says: 'an own session', decide: (_, state) => (state === 'own' ? null : 'session.not_found') },
  seesRun: { thing: 'run', says: 'a run on a document that the caller reads', decide: run(() => true) },
  withdrawsRun: { thing: 'run', says: 'an own run; flows:manage for any', decide: run((who) => who.holds.has('flows:manage')) },
  ownTask: { thing: 'task', says: 'an own task', decide: task((_, state) => (state === "another's" ? 'auth.forbidden' : null)) },
  reassignsTask: { thing: 'task', says: 'level manage on the document; flows:manage for any', decide: task((who) => (reassigns(who) ? null : 'auth.forbidden')) },
  takesTask: { thing: 'member', says: 'a member who can decide it', decide: (_, state) => (state === 'suspended' ? 'task.delegate' : null) },
  ownDelegation: { thing: 'delegation', says: 'an own delegation', decide: (_, state) => (state === 'own' ? null : 'delegation.not_found') },
  anyFlow: { thing: 'flow', says: 'a flow of the organization', decide: any },
  // What a definition names and that is not there, or not for the caller, is a fault of the definition.
  startedFlow: { thing: 'flow', says: 'a published flow that is not archived', decide: (_, state) => (state === 'published' ? null : 'flow.invalid') },
  namedFolder: { thing: 'folder', says: 'a folder that is shown to the caller', decide: (who, state) => (seesFolder(who, state) ? null : 'flow.invalid') },
  namedGroup: { thing: 'group', says: 'a group in which somebody is', decide: any },
  namedMember: { thing: 'member', says: 'an active member', decide: (_, state) => (state === 'suspended' ? 'flow.invalid' : null) },
  ownNotification: { thing: 'notification', says: 'own notifications', decide: any },
  ownQuery: { thing: 'query', says: 'an own search', decide: (_, state) => (state === 'own' ? null : 'search.not_found') },
  ownView: { thing: 'view', says: 'an own view', decide: (_, state) => (state === 'own' ? null : 'search.view_not_found') },
  seesShare: {
    thing: 'share', says: "an own link; documents:manage for another's",
    decide: (who, state) => (state === "another's" && !who.holds.has('documents:manage') ? 'share.not_found' : null),
  },
  seesUploadRequest: {
    thing: 'uploadRequest', says: "an own upload request; documents:manage for another's",
    decide: (who, state) => (state === "another's" && !who.holds.has('documents:manage') ? 'upload_request.not_found' : null),
  },
  anyEndpoint: { thing: 'endpoint', says: 'an endpoint of the organization', decide: any },
  anyDelivery: { thing: 'delivery', says: 'a delivery of the organization', decide: any },
  anyHold: { thing: 'hold', says: 'a hold of the organization', decide: any },
  openConsent: { thing: 'consent', says: 'a consent that stands', decide: (_, state) => (state === 'open' ? null : 'support.not_found') },
  anyConsent: { thing: 'standingConsent', says: 'a consent that stands', decide: (_, state) => (state === 'open' ? null : 'support.not_found') },
  anyRule: { thing: 'rule', says: 'a rule of the organization', decide: any },
  // Of one that waits for no release the answer is the same as of one that is not there.
  dueDocument: { thing: 'document', says: 'a document that waits for a release', decide: any },
  anyOrganization: { thing: 'organization', says: 'an organization', decide: any },
  activeOrganization: { thing: 'organization', says: 'an active organization', decide: organization('active') },
  suspendedOrganization: { thing: 'organization', says: 'a suspended organization', decide: organization('suspended') },
  openOrganization: { thing: 'organization', says: 'an organization that is not being deleted', decide: organization('active', 'suspended') },
  deletingOrganization: { thing: 'organization', says: 'an organization that is being deleted', decide: organization('deleting') },
  anyAccount: { thing: 'account', says: 'an account', decide: any },
  activeAccount: { thing: 'account', says: "another's active account", decide: (_, state) => (state === 'suspended' ? 'admin.user_state' : null) },
  suspendedAccount: { thing: 'account', says: "another's suspended account", decide: (_, state) => (state === 'suspended' ? null : 'admin.user_state') },
  factorAccount: {
    thing: 'account', says: "another's account with a second factor", decide: (_, state) => (state === 'with a second factor' ? null : 'auth.second_factor_off'),
  },
  refusesReset: { thing: 'reset', says: 'an open request', decide: (_, state) => (state === 'open' || state === 'own' ? null : 'admin.reset_not_found') },
  approvesReset: {
    thing: 'reset', says: "an open request that is another's and about another",
    decide: (_, state) => (state === 'own' ? 'admin.second_person' : state === 'open' ? null : 'admin.reset_not_found'),
  },
  ownUpload: { thing: 'upload', says: 'an own upload', decide: (who, state) => (state === 'own' && (who.by === 'key' || who.holds.has('documents:create')) ? null : 'upload.not_found') },
} as const satisfies Record<string, Rule>
export type RuleName = keyof typeof rules
