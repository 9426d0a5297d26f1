import type { Entry, Ids } from './entry.ts'

const id = { input: (ids: Ids) => ({ id: ids['id'] }) }
const taker = { rule: 'takesTask', absent: 'task.delegate' } as const
const [FROM, UNTIL] = ['2026-01-01T00:00:00.000Z', '2099-01-01T00:00:00.000Z']

/** What becomes of flows: runs, what is asked of people, and who stands in for whom. */
export const flowsTable: Readonly<Record<string, Entry>> = {
  'workflows.runs.start': {
    says: 'Begins a run of a flow on a document.', ids: { documentId: 'readsDocument', flowId: 'anyFlow' }, input: (ids) => ({ documentId: ids['documentId'], flowId: ids['flowId'] }),
    ends: ['run.document', 'run.open', 'flow.state'],
  },
  'workflows.runs.list': {
    says: 'Lists the runs on documents that the caller reads.', input: () => ({}),
    also: [
      { input: () => ({ state: 'over', mine: true }) },
      { ids: { documentId: { rule: 'readsDocument', absent: 'ok' } }, input: (ids) => ({ documentId: ids['documentId'] }) },
      { ids: { flowId: { rule: 'anyFlow', absent: 'ok' } }, input: (ids) => ({ flowId: ids['flowId'] }) },
    ],
  },
  'workflows.runs.get': { says: 'Reads a run with its steps, tasks and comments.', ids: { id: 'seesRun' }, ...id },
  'workflows.runs.withdraw': { says: 'Ends a run that the caller asked for; any, with flows:manage.', ids: { id: 'withdrawsRun' }, ...id },
  'workflows.runs.comment': {
    says: 'Says something on a run.', ids: { id: 'seesRun' }, input: (ids, unique) => ({ id: ids['id'], text: unique }),
    also: [{ ids: { id: 'seesRun', document: 'readsDocument' }, input: (ids, unique) => ({ id: ids['id'], text: unique, attachments: [ids['document']] }) }],
  },
  'workflows.tasks.list': {
    says: 'Lists what is asked of the caller.', input: () => ({}),
    also: [
      { input: () => ({ state: 'decided' }) }, { ids: { documentId: { rule: 'readsDocument', absent: 'ok' } }, input: (ids) => ({ documentId: ids['documentId'] }) },
      { ids: { flowId: { rule: 'anyFlow', absent: 'ok' } }, input: (ids) => ({ flowId: ids['flowId'] }) },
    ],
  },
  'workflows.tasks.decide': {
    says: 'Decides what is asked of the caller, about the bytes that they saw.', ids: { id: 'ownTask' },
    input: (ids, unique) => ({ id: ids['id'], verdict: 'approve', contentSha256: '0'.repeat(64), idempotencyKey: unique }), ends: ['task.stale'],
  },
  'workflows.tasks.delegate': {
    says: 'Hands a task of the caller on, or has somebody stand in for the caller for a time.', ids: { id: 'ownTask', to: taker }, input: (ids) => ({ id: ids['id'], to: ids['to'] }),
    also: [{ ids: { to: taker }, input: (ids) => ({ to: ids['to'], from: FROM, until: UNTIL }) }],
  },
  'workflows.tasks.reassign': {
    says: 'Gives a task to somebody else; under four eyes, without flows:manage, not by whoever asked or made the version.', ids: { id: 'reassignsTask', to: taker }, input: (ids) => ({ id: ids['id'], to: ids['to'] }),
  },
  'workflows.tasks.delegations.list': { says: 'Lists who stands in for the caller, and for whom the caller does.', input: () => ({}) },
  'workflows.tasks.delegations.revoke': { says: 'Ends a delegation from or to the caller.', ids: { id: 'ownDelegation' }, ...id },
}
