import type { Entry } from './entry.ts'

const REASON = 'a reason of the cases'
const jobs = { kind: 'processing', states: ['failed'] }
const open = { kind: 'processing', states: ['waiting'] }
const org = (rule: 'anyOrganization' | 'activeOrganization' | 'suspendedOrganization' | 'openOrganization' | 'deletingOrganization', rest: object = {}) =>
  ({ ids: { id: rule }, input: (ids) => ({ id: ids['id'], ...rest }) }) as const satisfies Partial<Entry>
const account = (rule: 'anyAccount' | 'activeAccount' | 'suspendedAccount' | 'factorAccount', rest: object = {}) =>
  ({ ids: { id: rule }, input: (ids) => ({ id: ids['id'], ...rest }) }) as const satisfies Partial<Entry>

const hooks = { kind: 'delivery' } as const

/** What the administrators of the installation do. */
export const adminTable: Readonly<Record<string, Entry>> = {
  'admin.orgs.list': { says: 'Lists the organizations with their state and how many members each has.', input: () => ({}) },
  'admin.orgs.get': { says: 'Shows an organization, its owners, and how much it has, never what.', ...org('anyOrganization') },
  'admin.orgs.create': {
    says: 'Makes an organization for an owner who has an account.',
    input: (_, unique) => ({ name: unique, slug: unique, owner: `${unique}@example.test` }), ends: ['admin.user_not_found'],
  },
  'admin.orgs.suspend': { says: 'Shuts an organization to everybody until it is resumed.', ...org('activeOrganization', { reason: REASON }) },
  'admin.orgs.resume': { says: 'Opens a suspended organization.', ...org('suspendedOrganization') },
  'admin.orgs.delete': {
    says: 'Shuts an organization and ends it after the days of grace; its short name is typed to confirm.', ids: { id: 'openOrganization' },
    input: (ids) => ({ id: ids['id'], slug: `o-${String(ids['id'])}`.slice(0, 40), reason: REASON }),
  },
  'admin.orgs.restore': { says: 'Takes a deletion back; what the installation deleted stays suspended.', ...org('deletingOrganization') },
  'admin.orgs.setPlan': { says: 'Gives an organization a plan, at once and without an end.', ...org('anyOrganization', { plan: 'own', reason: REASON }) },
  'admin.users.find': { says: 'Finds accounts by a part of name or address.', input: () => ({}) },
  'admin.users.get': { says: 'Shows an account and the organizations it is a member of.', ...account('anyAccount') },
  'admin.users.suspend': { says: 'Shuts an account: its sessions end and its keys open nothing.', ...account('activeAccount', { reason: REASON }) },
  'admin.users.resume': { says: 'Opens a suspended account.', ...account('suspendedAccount') },
  'admin.users.signOut': { says: 'Ends the sessions of an account.', ...account('anyAccount', { reason: REASON }) },
  'admin.users.resetSecondFactor': {
    says: 'Asks another administrator to take off a second factor that is lost; changes nothing by itself.', ...account('factorAccount', { reason: REASON }),
  },
  'admin.users.resets.list': { says: 'Lists the requests to take off a second factor.', input: () => ({}) },
  'admin.users.resets.approve': {
    says: 'Takes the second factor off that another administrator asked for.', ids: { id: 'approvesReset' }, input: (ids) => ({ id: ids['id'] }),
  },
  'admin.users.resets.refuse': {
    says: 'Refuses a request, or withdraws an own one.', ids: { id: 'refusesReset' }, input: (ids) => ({ id: ids['id'] }),
  },
  'admin.audit.list': { says: "Lists the installation's own audit, newest first.", input: () => ({}) },
  'admin.audit.verify': { says: "Checks the chain of the installation's own audit.", input: () => ({}) },
  'admin.health': { says: 'Tells what works, and how far behind what works in the background is.' },
  'admin.webhooks.list': { says: 'Lists endpoints that are paused, or deliveries that were given up, by ids alone.', input: () => hooks },
  'admin.webhooks.count': { says: 'Counts them, for an action that is about no more than these.', input: () => hooks },
  'admin.webhooks.release': {
    says: 'Has deliveries that were counted sent again, or endpoints that the product paused, a hundred to a call.',
    input: () => ({ selection: hooks, token: 'none', why: REASON }), ends: ['admin.selection'],
  },
  'admin.webhooks.drop': {
    says: 'Gives deliveries that were counted up for good, a hundred to a call.', input: () => ({ selection: hooks, token: 'none', why: REASON }), ends: ['admin.selection'],
  },
  'admin.keys.status': { says: 'Names the secret keys of the process by their ids.' },
  'admin.keys.reseal': { says: 'Counts what is sealed by older secret keys, or seals it by the present one, a portion at a time.', input: () => ({ from: null, change: true, reason: REASON }) },
  'admin.switches.list': { says: 'Lists what can be switched off, and for whom it is.' },
  'admin.switches.set': {
    says: 'Switches something on or off, for the installation or for one organization.', input: () => ({ name: 'signUp', on: true, reason: REASON }),
  },
  'admin.verify.start': { says: 'Begins a check of storage and index in the background; one at a time.', input: () => ({}), ends: ['admin.check_running'] },
  'admin.verify.get': { says: 'Tells how far a check is and what it found, by ids and counts.', input: () => ({}), ends: ['admin.check_not_found'] },
  'admin.verify.cancel': {
    says: 'Ends a check; what it found until then is kept.', input: () => ({ id: '0197f0aa-0000-7000-8000-000000000009' }), ends: ['admin.check_not_found'],
  },
  'admin.settings.get': { says: 'Tells whether the installation takes changes, and what everybody is told.' },
  'admin.settings.set': { says: 'Sets whether the installation takes changes, and what everybody is told.', input: () => ({ readOnly: false, reason: REASON }) },
  'admin.jobs.list': { says: 'Lists documents that are not read, or runs of flows that are not over, by ids alone.', input: () => jobs },
  'admin.jobs.count': { says: 'Counts them, for an action that is about no more than these.', input: () => jobs },
  'admin.jobs.retry': {
    says: 'Has documents that were counted read again, a hundred to a call.', input: () => ({ selection: jobs, token: 'none', why: REASON }), ends: ['admin.selection'],
  },
  'admin.jobs.cancel': {
    says: 'Ends what was counted and is not over, a hundred to a call.', input: () => ({ selection: open, token: 'none', why: REASON }), ends: ['admin.selection'],
  },
  'admin.outbox.list': { says: 'Lists deliveries of events that were given up.', input: () => ({}) },
  'admin.outbox.count': { says: 'Counts them, for an action that is about no more than these.', input: () => ({}) },
  'admin.outbox.release': {
    says: 'Tries deliveries that were counted again, a hundred to a call.', input: () => ({ selection: {}, token: 'none', why: REASON }), ends: ['admin.selection'],
  },
  'admin.outbox.drop': {
    says: 'Gives deliveries that were counted up for good, a hundred to a call.', input: () => ({ selection: {}, token: 'none', why: REASON }), ends: ['admin.selection'],
  },
  'installation.status': { says: 'Tells whether the installation takes changes, and what everybody is told.' },
  'admin.support.list': { says: 'Lists the organizations that let administrators read for a time.', input: () => ({}) },
  'admin.support.open': {
    says: 'Opens such an organization to the caller, who reads there what a viewer reads while the consent stands.', ids: { id: 'anyConsent' },
    input: (ids) => ({ id: ids['id'], reason: REASON }),
  },
}
