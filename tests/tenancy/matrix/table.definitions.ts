import type { Entry, Ids, Shape } from './entry.ts'

const id = { input: (ids: Ids) => ({ id: ids['id'] }) }
const spec = (name: string, more: object = {}, ask: object = { role: 'owner' }) => ({ name, stages: [{ key: 'a', name: 'A', ask: [ask], decide: { rule: 'any' } }], ...more })

/** The next version of a flow, which names something else beside it. */
const naming = (rule: 'namedFolder' | 'namedGroup' | 'namedMember' | 'startedFlow', make: (named: unknown, unique: string) => object): Shape => ({
  ids: { id: 'anyFlow', named: { rule, absent: 'flow.invalid' } }, input: (ids, unique) => ({ id: ids['id'], spec: make(ids['named'], unique) }),
})

/** What flows are. */
export const definitionsTable: Readonly<Record<string, Entry>> = {
  'workflows.definitions.create': { says: 'Keeps the draft of a flow.', input: (_, unique) => ({ spec: spec(unique) }) },
  'workflows.definitions.publish': {
    says: 'Makes the next version of a flow; what it does at its ends is done with the rights of whoever publishes it, so a key needs documents:manage for it.', ids: { id: 'anyFlow' }, ...id, ends: ['flow.state'],
    also: [
      naming('namedFolder', (folderId, unique) => spec(unique, { trigger: { on: 'uploaded', folderId } })),
      naming('namedFolder', (folderId, unique) => spec(unique, { effects: { approved: [{ do: 'move', folderId }] } })),
      naming('namedGroup', (group, unique) => spec(unique, {}, { group })),
      naming('namedMember', (user, unique) => spec(unique, {}, { user })),
      naming('startedFlow', (flowId, unique) => spec(unique, { effects: { approved: [{ do: 'start', flowId }] } })),
    ],
  },
  'workflows.definitions.archive': { says: 'Lets a flow begin no more runs.', ids: { id: 'anyFlow' }, ...id },
  'workflows.definitions.simulate': {
    says: 'Plays a flow on a sample and tells who would be asked when; members:read, as it tells who they are.', ids: { id: 'anyFlow' },
    input: (ids) => ({ id: ids['id'], sample: { facts: {} } }), may: ({ holds }) => (holds.has('members:read') ? null : 'auth.forbidden'),
    also: [{ ids: { documentId: 'readsDocument' }, input: (ids, unique) => ({ spec: spec(unique), sample: { documentId: ids['documentId'] } }) }],
  },
  'workflows.definitions.list': { says: 'Lists the flows.', input: () => ({}), also: [{ input: () => ({ status: 'archived' }) }] },
  'workflows.definitions.get': {
    says: 'Reads how a flow is defined.', ids: { id: 'anyFlow' }, ...id, ends: ['flow.not_found'], also: [{ ids: { id: 'anyFlow' }, input: (ids) => ({ id: ids['id'], version: 1 }) }],
  },
}
