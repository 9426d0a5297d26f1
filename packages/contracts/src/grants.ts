import { z } from 'zod'
import { documentId, folderId, grantId, groupId, userId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'

/** From the one that allows least: to look; to change, move and add to; to share, restrict and purge. */
export const levels = ['view', 'edit', 'manage'] as const
export const level = z.enum(levels)
export type Level = z.infer<typeof level>

/** To whom something is granted: a member, a group, or everybody in the organization but guests. */
export const principal = z.union([z.strictObject({ user: userId }), z.strictObject({ group: groupId }), z.strictObject({ org: z.literal(true) })])
export type Principal = z.infer<typeof principal>

export const grant = z.strictObject({
  id: grantId, documentId: documentId.nullable(), folderId: folderId.nullable(), principal, level, grantedBy: userId, createdAt: z.iso.datetime(),
})
export type Grant = z.infer<typeof grant>

const on = <Shape extends z.ZodRawShape>(shape: Shape) => z.union([z.strictObject({ documentId, ...shape }), z.strictObject({ folderId, ...shape })])

/** The grants on the document or the folder itself; what is inherited is in `explain`. */
export const listGrants = { input: on(pageInput), output: pageOf(grant) }
/** One grant for each principal: a second one sets its level anew. */
export const setGrant = { input: on({ principal, level }), output: grant }
/** Nothing to remove is success. */
export const removeGrant = { input: on({ principal }), output: z.strictObject({ removed: z.boolean() }) }

/**
 * Why somebody sees a document, or does not. With a level: what gives it to them. Without: what takes it away.
 * `not_member`: no active membership. `no_permission`: their role cannot read documents. `visibility_restricted`: the document is kept from the organization
 * at large. `folder_restricted`: so is the folder, or one above it. `guest`: what the organization sees is not for guests.
 * `role_caps`: their role cannot edit, so that more than `view` counts as `view`. `settling`: a change of folders is still being worked through.
 */
export const reasonForAccess = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('owner'), level }),
  z.strictObject({ kind: z.literal('visibility'), level }),
  z.strictObject({ kind: z.literal('permission'), level }),
  z.strictObject({ kind: z.literal('grant'), level, principal, documentId: documentId.nullable(), folderId: folderId.nullable() }),
  z.strictObject({ kind: z.enum(['not_member', 'no_permission', 'visibility_restricted', 'folder_restricted', 'guest', 'role_caps', 'settling']) }),
])
export type ReasonForAccess = z.infer<typeof reasonForAccess>

/** `level` null: they do not see it. */
export const explainAccess = {
  input: z.strictObject({ documentId, userId }),
  output: z.strictObject({ level: level.nullable(), reasons: z.array(reasonForAccess) }),
}
