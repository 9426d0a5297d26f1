import { z } from 'zod'
import { folderId, submissionId, uploadRequestId, userId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'
import { nameLine, text } from './text.ts'

/** Where links for uploads lead, on the origin of files. */
export const uploadLinkPath = '/r'

/** What a file is by its bytes; its name says nothing. */
export const fileKinds = ['pdf', 'image', 'office', 'text', 'mail'] as const
export const fileKind = z.enum(fileKinds)
export type FileKind = z.infer<typeof fileKind>

/** `used_up`: as many files, or as many bytes, as it takes have come. Only an `open` one takes any, and only while whoever made it may put documents into the folder. */
export const uploadRequestStates = ['open', 'expired', 'used_up', 'revoked'] as const

const title = nameLine
const note = text.trim().max(2_000)
const password = text.min(8).max(128)
const maxFiles = z.int().min(1).max(1_000)
const GIB = 1024 ** 3
const maxFileBytes = z.int().min(1).max(5 * GIB)
const maxTotalBytes = z.int().min(1).max(100 * GIB)
/** Null: any. */
const kinds = z.array(fileKind).min(1).max(fileKinds.length).nullable()
const days = z.int().min(1).max(365)

/** `files` and `bytes`: what has come. Sizes in bytes. */
export const uploadRequestShown = z.strictObject({
  id: uploadRequestId, folderId, createdBy: userId, title: z.string(), note: z.string(), hasPassword: z.boolean(), kinds,
  maxFiles: z.int(), maxFileBytes: z.int(), maxTotalBytes: z.int(), files: z.int(), bytes: z.int(),
  state: z.enum(uploadRequestStates), expiresAt: z.iso.datetime(), revokedAt: z.iso.datetime().nullable(), createdAt: z.iso.datetime(),
})
export type UploadRequestShown = z.infer<typeof uploadRequestShown>

/** `url` is the whole right to hand files in, and is shown this once. What comes belongs to whoever makes the request. */
export const create = {
  input: z.strictObject({
    folderId, title, note: note.default(''), password: password.optional(), days: days.default(14), kinds: kinds.default(null),
    maxFiles: maxFiles.default(20), maxFileBytes: maxFileBytes.default(GIB), maxTotalBytes: maxTotalBytes.default(5 * GIB),
  }),
  output: z.strictObject({ request: uploadRequestShown, token: z.string(), url: z.string() }),
}
/** Newest first: the caller's own, and with `documents:manage` everybody's. */
export const list = { input: z.strictObject({ folderId: folderId.optional(), ...pageInput }), output: pageOf(uploadRequestShown) }
/** What is absent stays; `days` count from now; a `password` of null takes it off. */
export const update = {
  input: z.strictObject({
    id: uploadRequestId, title: title.optional(), note: note.optional(), password: password.nullable().optional(), days: days.optional(), kinds: kinds.optional(),
    maxFiles: maxFiles.optional(), maxFileBytes: maxFileBytes.optional(), maxTotalBytes: maxTotalBytes.optional(),
  }),
  output: uploadRequestShown,
}
/** For good. What has come stays. One that is revoked already is answered as it is. */
export const revoke = { input: z.strictObject({ id: uploadRequestId }), output: uploadRequestShown }

/** Of one form: sent again, it is answered as before. */
export const submission = submissionId
/** What somebody from outside says of themselves. */
export const sender = z.strictObject({ name: nameLine.nullable(), email: z.string().trim().toLowerCase().max(254).pipe(z.email()).nullable() })
export type Sender = z.infer<typeof sender>
