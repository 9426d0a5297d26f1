import { z } from 'zod'
import { flowId, userId } from './ids.ts'

/** What is held about somebody, by kind; in the order in which an export tells it. */
export const personalKinds = [
  'account', 'groups', 'grantedTo', 'grantedBy', 'folders', 'documents', 'uploads', 'runs', 'tasks', 'decisions', 'comments', 'delegations', 'flows', 'shares', 'uploadRequests',
  'notifications', 'preferences', 'rhythm', 'keys', 'invitations', 'webhooks', 'searches', 'audit',
] as const
export const personalKind = z.enum(personalKinds)
export type PersonalKind = z.infer<typeof personalKind>

const record = z.strictObject({ kind: personalKind, data: z.record(z.string(), z.unknown()) })

/** Up to 200 records at a time; there are more while `nextCursor` is not null. `pseudonym` of somebody who was erased. */
const exported = z.strictObject({ userId, pseudonym: z.string().nullable(), records: z.array(record), nextCursor: z.string().nullable() })
const cursor = z.string().max(512).optional()

export const exportPerson = { input: z.strictObject({ userId, cursor }), output: exported }
export const exportMyself = { input: z.strictObject({ cursor }), output: exported }
/**
 * `flowsNaming`: flows whose definitions name the address; whoever manages them takes it out. `certificatesHeld`: certificates that go on naming the person while a legal
 * hold is on their document; asked for again after its release, those go as well.
 */
export const erasePerson = {
  input: z.strictObject({ userId }), output: z.strictObject({ userId, pseudonym: z.string(), flowsNaming: z.array(flowId), certificatesHeld: z.int() }),
}
