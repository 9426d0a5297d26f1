import type { Entry, Ids } from './entry.ts'

const id = { input: (ids: Ids) => ({ id: ids['id'] }) }
const SOME_BYTES = 'a'.repeat(64)
const [FROM, UNTIL] = ['2099-01-01T00:00:00.000Z', '2099-02-01T00:00:00.000Z']
/** How what is asked about a task ends that cannot be asked of it any more. */
const over = ['task.decided', 'task.closed', 'run.over'] as const

/** Runs of flows, what they ask of people, and who stands in for whom. */
export const runsTable: Readonly<Record<string, Entry>> = {
  'workflows.runs.start': {
    says: 'Starts a flow on a document.', ids: { documentId: 'readsDocument', flowId: 'anyFlow' }, input: (ids) => ids, ends: ['flow.state', 'run.document', 'run.open'],
  },
  'workflows.runs.list': {
    says: 'Lists the runs on documents that the caller reads.', input: () => ({}),
    also: [
      { ids: { documentId: { rule: 'readsDocument', absent: 'ok' } }, input: (ids) => ids },
      { ids: { flowId: { rule: 'anyFlow', absent: 'ok' } }, input: (ids) => ids },
      { input: () => ({ mine: true, state: 'open' }) },
    ],
  },
  'workflows.runs.get': { says: 'Reads a run with its stages, tasks and comments.', ids: { id: 'readsRun' }, ...id },
  'workflows.runs.withdraw': { says: 'Ends a run: by whoever asked for it, or manages flows.', ids: { id: 'withdrawsRun' }, ...id, ends: ['run.over'] },
  'workflows.runs.comment': {
    says: 'Says something about a run; mentions those who read its document.', ids: { id: 'readsRun' }, input: (ids) => ({ id: ids['id'], text: 'words' }),
    also: [
      {
        ids: { id: 'readsRun', documentId: 'readsDocument' },
        input: (ids) => ({ id: ids['id'], text: 'words', attachments: [ids['documentId']] }),
      },
      {
        ids: { id: 'readsRun', userId: { rule: 'anyMember', absent: 'grant.principal_unknown' } },
        input: (ids) => ({ id: ids['id'], text: 'words', mentions: [ids['userId']] }),
      },
    ],
  },
  'workflows.tasks.list': {
    says: 'Lists what is asked of the caller about documents that they read.', input: () => ({}),
    also: [
      { ids: { documentId: { rule: 'readsDocument', absent: 'ok' } }, input: (ids) => ids },
      { ids: { flowId: { rule: 'anyFlow', absent: 'ok' } }, input: (ids) => ids },
      { input: () => ({ state: 'decided' }) },
    ],
  },
  'workflows.tasks.decide': {
    says: 'Approves or rejects what is asked of the caller, about the bytes that they saw; who asked for it may not where four eyes are wanted.', ids: { id: 'ownTask' },
    input: (ids, unique) => ({ id: ids['id'], verdict: 'approve', contentSha256: SOME_BYTES, idempotencyKey: unique }), ends: [...over, 'task.requester', 'task.stale'],
  },
  'workflows.tasks.delegate': {
    says: 'Gives an own task, or in a time all that will be asked, to somebody else.', ids: { id: 'ownTask', to: { rule: 'anyMember', absent: 'task.delegate' } },
    input: (ids) => ids, ends: [...over, 'task.delegate'],
    also: [
      { ids: { to: { rule: 'anyMember', absent: 'task.delegate' } }, input: (ids) => ({ to: ids['to'], from: FROM, until: UNTIL }) },
    ],
  },
  'workflows.tasks.reassign': {
    says: 'Gives the task of somebody else to another: level manage on the document, or flows:manage.', ids: { id: 'managedTask', to: { rule: 'anyMember', absent: 'task.delegate' } },
    input: (ids) => ids, ends: [...over, 'task.delegate'],
  },
  'workflows.tasks.delegations.list': { says: 'Lists who stands in for the caller, and for whom the caller does.', input: () => ({}) },
  'workflows.tasks.delegations.revoke': { says: 'Ends that somebody stands in for the caller, or the caller for them.', ids: { id: 'ownDelegation' }, ...id },
}
