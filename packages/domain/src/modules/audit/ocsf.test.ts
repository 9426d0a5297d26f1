import { auditContract, eventPayloads } from '@intellidocs/contracts'
import type { StoredRow } from '@intellidocs/audit'
import { expect, test } from 'vitest'
import { toOcsf } from './ocsf.ts'

const row: StoredRow = {
  seq: 7, org: '0197f0aa-0000-7000-8000-000000000001', xid: '812', id: '44', at: '2026-11-22T07:00:00.123456Z',
  actorId: '0197f0aa-0000-7000-8000-000000000002', actorKind: 'user', sessionId: '0197f0aa-0000-7000-8000-000000000003', keyId: null,
  address: '203.0.113.7', action: 'documents.updated.v1', subjectType: 'document', subjectId: '0197f0aa-0000-7000-8000-000000000004',
  requestId: 'request-1', dataText: '{"before": {"name": "a"}, "after": {"name": "b"}}',
}

/** Required attributes and "at least one of" in schema.ocsf.io 1.4.0: base event, then by class; activities are those the class defines, and 99. */
const base = ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid']
const classes: Record<number, { category: number; required: string[]; oneOf: string[]; activities: number[] }> = {
  3001: { category: 3, required: ['user'], oneOf: [], activities: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 99] },
  3002: { category: 3, required: ['user'], oneOf: ['service', 'dst_endpoint'], activities: [1, 2, 3, 4, 5, 99] },
  3004: { category: 3, required: ['entity'], oneOf: [], activities: [1, 2, 3, 4, 99] },
  6003: { category: 6, required: ['actor', 'api', 'src_endpoint'], oneOf: [], activities: [1, 2, 3, 4, 99] },
}
type Event = Record<string, unknown> & { class_uid: number; activity_id: number; category_uid: number; type_uid: number; time: number }

const has = (object: unknown, names: readonly string[]): boolean => typeof object === 'object' && object !== null && names.some((name) => name in object)

test.each([...Object.keys(eventPayloads), ...auditContract.auditedReads])('%s is an event with everything that its class requires', (action) => {
  for (const given of [row, { ...row, address: null, sessionId: null, requestId: null, subjectId: null, actorKind: 'system' }]) {
    const event = toOcsf({ ...given, action }) as Event
    const schema = classes[event.class_uid]
    if (schema === undefined) throw new Error(`no class ${event.class_uid}`)
    for (const name of [...base, ...schema.required]) expect(event[name], name).toBeDefined()
    if (schema.oneOf.length > 0) expect(has(event, schema.oneOf)).toBe(true)
    expect(event.category_uid).toBe(schema.category)
    expect(schema.activities).toContain(event.activity_id)
    expect(event.type_uid).toBe(event.class_uid * 100 + event.activity_id)
    expect(event.time).toBe(Date.parse('2026-11-22T07:00:00.123Z'))
    expect(event['metadata']).toMatchObject({ version: '1.4.0', product: { vendor_name: expect.any(String) } })
    // Objects that want one of several names of what they stand for.
    for (const object of [event['user'], event['entity']]) if (object !== undefined) expect(has(object, ['name', 'uid'])).toBe(true)
    if (event['src_endpoint'] !== undefined) expect(has(event['src_endpoint'], ['ip', 'name', 'uid'])).toBe(true)
    if (event['api'] !== undefined) expect(has(event['api'], ['operation'])).toBe(true)
    expect(event['actor']).toMatchObject({ user: { uid: row.actorId } })
    expect(event['unmapped']).toMatchObject({ org: row.org, data: { before: { name: 'a' } } })
  }
})

test.each([
  ['documents.download', 6003, 2], ['search.query', 6003, 2], ['search.ask', 6003, 2], ['audit.export', 6003, 2], ['audit.checkpoint', 6003, 1], ['documents.uploaded.v1', 3004, 1], ['documents.purged.v1', 3004, 4],
  ['documents.updated.v1', 3004, 3], ['documents.grant-set.v1', 3004, 3], ['documents.folder-visibility-set.v1', 3004, 3], ['users.password-changed.v1', 3001, 3], ['users.api-key-created.v1', 3001, 1],
  ['users.sessions-revoked.v1', 3002, 2], ['orgs.member-suspended.v1', 3001, 5], ['something.nobody-knows.v9', 3004, 3],
])('%s is class %i, activity %i', (action, classUid, activity) => {
  expect(toOcsf({ ...row, action })).toMatchObject({ class_uid: classUid, activity_id: activity })
})
