import { z } from 'zod'
import { email } from './email.ts'
import { documentId, folderId, shareId, shareVisitId, userId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'
import { nameLine, text } from './text.ts'

/** Where links begin, below the address of files. What follows is the token, the whole right. */
export const sharePath = '/s'

const moment = z.iso.datetime()
const password = text.min(8).max(128)
const many = z.int().min(1).max(1_000_000)
const days = z.int().min(1).max(3_650)

/** What the recipient reads. */
const note = text.trim().max(2_000)
const emails = z.array(email).max(50)

/**
 * `open`: it opens, as far as it goes by itself; what it leads to, its maker and the organization's policy have their say each time it is opened.
 * `used_up`: as often as its limit of views.
 */
export const shareStates = ['open', 'revoked', 'expired', 'used_up'] as const

/**
 * A public link to a document, or to a folder with what lies below it. `version` null: always the newest. `download` false: pictures of pages only,
 * with who looks and when drawn into them. `emails`: who may open it, proved by a mailed code; empty: whoever has the link. `title`: what it leads to, as it is
 * called now; null where the caller does not see that. A view is one opening by one browser.
 */
export const share = z.strictObject({
  id: shareId, documentId: documentId.nullable(), folderId: folderId.nullable(), version: z.int().nullable(), title: z.string().nullable(), createdBy: userId,
  state: z.enum(shareStates), note: z.string(), hasPassword: z.boolean(), emails: z.array(z.string()), expiresAt: moment.nullable(),
  viewLimit: z.int().nullable(), downloadLimit: z.int().nullable(), download: z.boolean(), notify: z.boolean(), views: z.int(), downloads: z.int(),
  lastOpenedAt: moment.nullable(), revokedAt: moment.nullable(), createdAt: moment,
})
export type Share = z.infer<typeof share>

const settings = {
  note: note.optional(), password: password.nullable().optional(), emails: emails.optional(), expiresAt: moment.nullable().optional(),
  viewLimit: many.nullable().optional(), downloadLimit: many.nullable().optional(), download: z.boolean().optional(), notify: z.boolean().optional(),
}
/** What is not said is taken from the preset, and else: no limit, download allowed, nobody told. An end is as far off as the policy allows. */
const making = { preset: nameLine.optional(), ...settings }

/** `url` holds the token and is shown this once. `share.policy` where the organization does not allow it; level manage on what it leads to. */
export const createShare = {
  input: z.union([
    z.strictObject({ documentId, version: z.int().min(1).max(999_999_999).nullable().default(null), ...making }), z.strictObject({ folderId, ...making }),
  ]),
  output: z.strictObject({ share, url: z.string() }),
}

/** Newest first: the caller's own, and with documents:manage those of others. */
export const listShares = {
  input: z.strictObject({ documentId: documentId.optional(), folderId: folderId.optional(), ...pageInput }), output: pageOf(share),
}
/** What a visitor types into the form of a link. */
export const visitorEmail = email

const one = z.strictObject({ id: shareId })

/** What is absent stays. With another password, or other addresses, whoever opened it before opens it again. `share.revoked` for one that is. */
export const updateShare = { input: z.strictObject({ id: shareId, ...settings }), output: share }

/** At once, on every path of the link. One that is revoked stays so. */
export const revokeShare = { input: one, output: share }

/** Seconds are from one request to the next of the visit, ten minutes at most; nobody knows how long the last page was looked at. */
const seen = z.strictObject({ documentId, version: z.int(), page: z.int(), times: z.int(), seconds: z.int() })
/** `email` was proved by a code. `address` is a network, unless the organization keeps whole addresses. */
export const visit = z.strictObject({
  id: shareVisitId, email: z.string().nullable(), address: z.string(), openedAt: moment, lastAt: moment, pages: z.array(seen),
  downloads: z.array(z.strictObject({ documentId, version: z.int(), at: moment })),
})
export type ShareVisit = z.infer<typeof visit>

/** Who opened a link, newest first. */
export const listActivity = { input: z.strictObject({ id: shareId, ...pageInput }), output: pageOf(visit) }

/** Settings by a name; `days` from when the link is made. */
export const preset = z.strictObject({
  name: nameLine, days: days.nullable().default(null), viewLimit: many.nullable().default(null), downloadLimit: many.nullable().default(null),
  download: z.boolean().default(true), notify: z.boolean().default(false),
})
export type SharePreset = z.infer<typeof preset>

const unlike = (presets: SharePreset[]): boolean => new Set(presets.map(({ name }) => name.toLowerCase())).size === presets.length
export const presets = z.array(preset).max(20).refine(unlike, 'two presets of one name')

/**
 * What the organization allows, of links that are there as well: one that it does not allow any more opens nothing while that is so. `maxDays`: the longest
 * life, from when a link was made; null: no end. `wholeAddresses`: of visitors not only the network is kept.
 */
const rules = {
  links: z.enum(['allowed', 'forbidden']), maxDays: days.nullable(), passwordRequired: z.boolean(), wholeAddresses: z.boolean(),
}
export const policy = z.strictObject({ ...rules, presets })
export type SharePolicy = z.infer<typeof policy>

export const getPolicy = { output: policy }
/** What is absent stays. */
export const setPolicy = {
  input: z.strictObject({ ...rules, presets }).partial().refine((given) => Object.keys(given).length > 0, 'nothing to change'), output: policy,
}
