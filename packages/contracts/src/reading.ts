import { z } from 'zod'
import { documentId, folderId } from './ids.ts'

/** Why nothing of a page could be had although something is on it. A version of which no page has words ends as `failed` with the first of these. */
export const unreadReasons = {
  ocr_failed: 'The text in the image could not be recognized.',
  corrupt: 'The page is damaged and cannot be opened.',
  cpu_limit: 'Recognizing the text took more computing time than is allowed.',
  memory_limit: 'Recognizing the text took more memory than is allowed.',
  time_limit: 'Recognizing the text took longer than is allowed.',
  output_limit: 'Recognizing the text took more room than is allowed.',
  pixel_limit: 'An image is larger than is allowed.',
} as const
export type UnreadReason = keyof typeof unreadReasons
export const isUnreadReason = (reason: string): reason is UnreadReason => Object.hasOwn(unreadReasons, reason)

/** What people should know of a version that is `ready`: the closed list, a sentence each. */
export const warningReasons = {
  ...unreadReasons,
  low_confidence: 'The text was recognized with little certainty.',
  ocr_language_missing: 'There is no data here to recognize this language.',
  text_layer_junk_replaced: 'The text in the file was unusable; it was recognized from the pixels instead.',
  text_layer_doubtful: 'The text in the file looks unusable, and recognition found nothing better.',
  pictures_unread: 'Only pictures are there, which are not read in files of this kind.',
  hidden_sheet: 'The sheet is hidden in the file.',
  pages_beyond_limit: 'There are more pages than are allowed; these were not read.',
  read_by_fallback: 'The usual reader could not read the file; LibreOffice did.',
  repaired_file: 'The file is damaged; what could be mended was read.',
  attachment_too_deep: 'A file within stands too deep to become a document.',
  attachment_unreadable: 'A file within is damaged or locked, and became no document.',
} as const
export type WarningReason = keyof typeof warningReasons
export const warningReason = z.enum(Object.keys(warningReasons) as [WarningReason, ...WarningReason[]])

/** Pages `from` to `to`, both included, counted from 1. */
export const pageRange = z.strictObject({ from: z.int().min(1), to: z.int().min(1) })
export type PageRange = z.infer<typeof pageRange>

/** Ranges and names that are told of one reason at most. */
export const [maxWarningRanges, maxWarningNames] = [100, 20]

/** `pages` is empty where the whole file is meant; `names` says which languages or files within, where a reason is about those. */
export const warning = z.strictObject({
  reason: warningReason, pages: z.array(pageRange).max(maxWarningRanges), names: z.array(z.string().max(300)).max(maxWarningNames),
})
export type Warning = z.infer<typeof warning>

/** Where a page's text is from; `blank` has none because nothing is on it, `unread` because it could not be had (its warnings say why). */
export const pageSources = ['text', 'ocr', 'blank', 'unread'] as const
export const pageSource = z.enum(pageSources)
export type PageSource = z.infer<typeof pageSource>

/**
 * Languages in which pixels are read, as tesseract names them (`eng`, `chi_sim`); the first is the likeliest. None: what is above says. `auto`, alone or among them: pages in
 * another script are read in languages of that, as where nobody says anything.
 */
export const ocrLanguages = z.array(z.string().regex(/^(auto|[a-z]{3}(_[a-z]{3,10})?)$/, 'auto, or Tesseract language codes such as eng, por')).max(8)
/** `own` is what is said of the very thing, `effective` what holds for it; where that is empty, too, the installation decides. */
const languagesAnswer = z.strictObject({ own: ocrLanguages, effective: ocrLanguages })
const notBoth = (target: { documentId?: unknown; folderId?: unknown }): boolean => target.documentId === undefined || target.folderId === undefined
const target = { documentId: documentId.optional(), folderId: folderId.optional() }

/** Of a document, of a folder, or of the organization where neither is named. */
export const getOcrLanguages = { input: z.strictObject(target).refine(notBoth, 'a document or a folder'), output: languagesAnswer }
/** Holds from the next reading on: `documents.reprocess` reads again. */
export const setOcrLanguages = {
  input: z.strictObject({ ...target, languages: ocrLanguages }).refine((input) => (input.documentId === undefined) !== (input.folderId === undefined), 'a document or a folder'),
  output: languagesAnswer,
}
/** Of the organization. */
export const setDefaultOcrLanguages = { input: z.strictObject({ languages: ocrLanguages }), output: languagesAnswer }
