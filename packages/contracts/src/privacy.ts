import { z } from 'zod'
import { email } from './email.ts'
import { flowId, userId } from './ids.ts'

/** What is held about somebody, by kind; in the order in which an export tells it. From `invited` to `received`: by their address, which people from outside have as well. */
export const personalKinds = [
  'account', 'groups', 'grantedTo', 'grantedBy', 'folders', 'documents', 'uploads', 'runs', 'tasks', 'decisions', 'comments', 'delegations', 'flows', 'shares', 'uploadRequests',
  'notifications', 'preferences', 'rhythm', 'keys', 'invitations', 'webhooks', 'searches', 'views', 'invited', 'linksTo', 'visits', 'looks', 'sent', 'sentFiles', 'received', 'audit',
] as const
export const personalKind = z.enum(personalKinds)
export type PersonalKind = z.infer<typeof personalKind>

const record = z.strictObject({ kind: personalKind, data: z.record(z.string(), z.unknown()) })

/** Somebody by their id; or by their address, and then a member who has it, or somebody from outside who came by a link. */
const person = { userId: userId.optional(), email: email.optional() }
const isOne = [(given: { userId?: unknown; email?: unknown }) => (given.userId === undefined) !== (given.email === undefined), 'either userId or email'] as const

/** Up to 200 records at a time; there are more while `nextCursor` is not null. `userId` is null for somebody from outside. `pseudonym` of somebody who was erased. */
const exported = z.strictObject({ userId: userId.nullable(), pseudonym: z.string().nullable(), records: z.array(record), nextCursor: z.string().nullable() })
const cursor = z.string().max(512).optional()

export const exportPerson = { input: z.strictObject({ ...person, cursor }).refine(...isOne), output: exported }
export const exportMyself = { input: z.strictObject({ cursor }), output: exported }

/** Where an address stands in the definition of a flow: its `version`, null for the draft, and the `path` there, such as `stages.0.ask.1.person`. */
const naming = z.strictObject({ flowId, version: z.int().nullable(), path: z.string() })
export type FlowNaming = z.infer<typeof naming>

/**
 * `flowsNaming`: where definitions of flows go on naming the address; whoever manages them takes it out. `certificatesHeld`, `documentsHeld`: certificates, and documents with a field
 * of the sender, that go on naming the person while a legal hold is on the document; asked for again after its release, those go as well.
 */
export const erasePerson = {
  input: z.strictObject(person).refine(...isOne),
  output: z.strictObject({ userId: userId.nullable(), pseudonym: z.string(), flowsNaming: z.array(naming), certificatesHeld: z.int(), documentsHeld: z.int() }),
}
