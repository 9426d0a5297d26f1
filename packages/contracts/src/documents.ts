import { z } from 'zod'
import { box, span } from './boxes.ts'
import { documentId, folderId, sha256, userId, versionId } from './ids.ts'
import { pageInput, pageOf } from './paging.ts'
import { ocrLanguages, pageSource, warning, warningReason } from './reading.ts'
import { text } from './text.ts'

export const documentStates = ['queued', 'processing', 'ready', 'failed', 'needs_password', 'cancelled'] as const
export const documentState = z.enum(documentStates)
export type DocumentState = z.infer<typeof documentState>

export const lifecycle = z.enum(['active', 'trashed'])
export const visibility = z.enum(['org', 'restricted'])

export const stages = ['scan', 'identify', 'extract', 'ocr', 'chunk', 'embed', 'index', 'publish'] as const
export const stage = z.enum(stages)
export type Stage = z.infer<typeof stage>

/** Why a document ended where it did; the closed list that people act on. */
export const reasons = {
  unsupported_type: 'This kind of file cannot be read yet.',
  corrupt: 'The file is damaged and cannot be opened.',
  empty: 'The file holds nothing that can be read.',
  password_required: 'The file is locked; give its password.',
  password_wrong: 'The password does not open the file.',
  cpu_limit: 'Reading the file took more computing time than is allowed.',
  memory_limit: 'Reading the file took more memory than is allowed.',
  time_limit: 'Reading the file took longer than is allowed.',
  output_limit: 'The file unpacks to more than is allowed.',
  page_limit: 'The file has more pages than are allowed.',
  plan_limit: 'The plan of this organization did not allow more; read it again with reprocess once it does.',
  pixel_limit: 'An image in the file is larger than is allowed.',
  ocr_failed: 'The text in the image could not be recognized.',
  blob_missing: 'The stored bytes are missing or damaged; upload the file again.',
  cancelled: 'The reading was cancelled.',
  infected: 'A virus was found in the file; its bytes are kept and given to nobody.',
  scan_limit: 'The file is larger than what is checked for viruses here; its bytes are given to nobody.',
  scan_failed: 'The check for viruses was away for a day; try again with reprocess. Until then the bytes are given to nobody.',
  internal: 'Reading failed on our side; try again with reprocess.',
} as const
export type Reason = keyof typeof reasons
export const reason = z.enum(Object.keys(reasons) as [Reason, ...Reason[]])

/**
 * What is known of viruses: `none`, nobody looked, as where no scanner is configured; `waiting`, somebody will. While it is `waiting`, and when it
 * is `infected`, neither bytes nor text are given to anybody.
 */
export const scanStates = ['none', 'waiting', 'clean', 'infected'] as const
export const scanState = z.enum(scanStates)
export type ScanState = z.infer<typeof scanState>

export const progress = z.strictObject({ stage: stage.nullable(), pagesDone: z.int(), pages: z.int().nullable() })

/** Any printable name, NFC, without path separators or control characters; the name is data and never becomes a path. */
export const documentName = text.min(1).max(300).refine((s) => !/[\u0000-\u001f\u007f]/.test(s), 'no control characters')

/** Lower-case and NFC, so that what looks alike is one tag. */
export const tagName = text.trim().toLowerCase().normalize('NFC').regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]{0,39}$/u, 'letters, digits, blanks, dots and dashes, 40 at most')
/** Names a field of a document's metadata. Every object has a `constructor`, so that none is a field. */
export const fieldName = z.string().regex(/^(?!constructor$)[a-z][a-z0-9_]{0,39}$/, 'a lower-case letter, then letters, digits and underscores, 40 at most')
export const fieldValue = z.union([text.max(1000), z.number(), z.boolean()])
export type FieldValue = z.infer<typeof fieldValue>
/** As it stands on a document; what may go in was looked at before. */
const metadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

/**
 * What a version says of itself, cleaned and cut to 300 letters. `titleFrom`: the `file` says it, it is the `heading` that its text begins with, or the `name` of the document without
 * its ending. `createdAt` and `modifiedAt` are the file's own; of a mail, when it was sent. `words` is null until it is read.
 */
export const fileFacts = z.strictObject({
  title: z.string(), titleFrom: z.enum(['file', 'heading', 'name']), author: z.string().nullable(), createdAt: z.iso.datetime().nullable(), modifiedAt: z.iso.datetime().nullable(),
  words: z.int().nullable(),
})

export const document = z.strictObject({
  id: documentId, name: documentName, folderId: folderId.nullable(), parentId: documentId.nullable(), ownerId: userId,
  visibility, lifecycle, state: documentState, reason: reason.nullable(), warnings: z.array(warning), progress, scan: scanState,
  versionId, version: z.int(), mime: z.string().nullable(), size: z.int(), sha256, pages: z.int().nullable(), language: z.string().nullable(),
  facts: fileFacts, tags: z.array(z.string()), metadata,
  revision: z.int(), createdAt: z.iso.datetime(), updatedAt: z.iso.datetime(), trashedAt: z.iso.datetime().nullable(),
})
export type Document = z.infer<typeof document>

export const version = z.strictObject({
  id: versionId, number: z.int(), current: z.boolean(), fileName: z.string(), mime: z.string().nullable(), size: z.int(), sha256,
  state: documentState, reason: reason.nullable(), warnings: z.array(warning), progress, scan: scanState, attempt: z.int(), pages: z.int().nullable(), language: z.string().nullable(),
  createdBy: userId, createdAt: z.iso.datetime(),
})

const one = z.strictObject({ id: documentId })
/** `revision` is the one last read; another one answers `document.stale`. Leave it out to overwrite. */
const guarded = { id: documentId, revision: z.int().optional() }

export const listDocuments = {
  input: z.strictObject({
    ...pageInput, folderId: folderId.nullable().optional(), state: documentState.optional(), lifecycle: lifecycle.default('active'), name: text.max(300).optional(),
    tag: tagName.optional(),
  }),
  output: pageOf(document),
}
export const getDocument = { input: one, output: document }
export const updateDocument = { input: z.strictObject({ ...guarded, name: documentName.optional(), visibility: visibility.optional() }), output: document }
/** What is null is removed; fields that are not named stay as they are. */
export const setMetadata = {
  input: z.strictObject({
    ...guarded, metadata: z.record(fieldName, fieldValue.nullable()).refine((fields) => Object.keys(fields).length <= 100, '100 fields at a time at most'),
  }),
  output: document,
}
const tags = z.array(tagName).min(1).max(50)
/** What is there already, or is not there, is success. No revision: whatever others add or remove meanwhile stands. */
export const addTags = { input: z.strictObject({ id: documentId, tags }), output: document }
export const removeTags = { input: z.strictObject({ id: documentId, tags }), output: document }
/** By name: the tags of active documents that the caller reads, with the number of these. */
export const listTags = { input: z.strictObject(pageInput), output: pageOf(z.strictObject({ tag: z.string(), documents: z.int() })) }
export const moveDocument = { input: z.strictObject({ ...guarded, folderId: folderId.nullable() }), output: document }
export const trashDocument = { input: one, output: document }
export const restoreDocument = { input: one, output: document }
/** Only a trashed document is purged; its rows, passages and unshared bytes are gone for good. */
export const purgeDocument = { input: one, output: z.strictObject({ id: documentId, purged: z.literal(true) }) }
export const reprocessDocument = { input: one, output: document }
export const cancelProcessing = { input: one, output: document }
export const providePassword = { input: z.strictObject({ id: documentId, password: z.string().min(1).max(256) }), output: document }
/**
 * Who read a page: the adapter (`pdf`, `docx`, `image`), the engine that it read with (`pdfium`, `tesseract`, `tesseract.js`, `libreoffice`, `built-in`), what the engine went by (the
 * languages of a recognizer, as `eng+por`), and the version of the engine, or of the adapter where that is the product's own.
 */
export const provenance = z.strictObject({ extractor: z.string(), engine: z.string(), model: z.string().nullable(), version: z.string(), at: z.iso.datetime() })
/** How a page's passages were made: `models` are those whose vectors they have. */
const passagesMade = z.strictObject({ count: z.int(), chunker: z.string().nullable(), models: z.array(z.string()), at: z.iso.datetime().nullable() })
/**
 * `confidence`: of the recognizer, 0 to 100; null for text that was not recognized. `provenance` is null for pages that were read before it was written down, `passages` for
 * pages that search knows nothing of.
 */
export const documentPage = z.strictObject({
  number: z.int(), text: z.string(), source: pageSource, confidence: z.number().nullable(), warnings: z.array(warningReason),
  provenance: provenance.nullable(), passages: passagesMade.nullable(),
})
/** `from`: the first page that is wanted; a cursor goes on behind it. */
export const listPages = {
  input: z.strictObject({ id: documentId, version: z.int32().optional(), from: z.int32().min(1).optional(), ...pageInput }), output: pageOf(documentPage),
}
/**
 * One page as a picture, `width` pixels across and at most 6,000 down, which makes it narrower; a photograph is not made larger than it is. `boxes` (fractions of the page) and
 * the places of `spans` (characters of the page's text) are coloured; which those were, `boxes` tells. `data` is base64.
 */
/** How the bytes of a document are sent: as they came, or as a PDF in which the words that were recognized can be found. */
export const contentForms = ['original', 'searchable-pdf'] as const
export const contentForm = z.enum(contentForms)
export type ContentForm = z.infer<typeof contentForm>

export const pageImage = {
  input: z.strictObject({
    id: documentId, version: z.int32().min(1).optional(), page: z.int32().min(1), width: z.int().min(16).max(2000).default(1000), format: z.enum(['webp', 'png']).default('webp'),
    boxes: z.array(box).max(500).default([]), spans: z.array(span).max(100).default([]),
  }),
  output: z.strictObject({ mime: z.enum(['image/webp', 'image/png']), width: z.int(), height: z.int(), data: z.base64(), boxes: z.array(box) }),
}
const alike = { id: documentId, name: z.string(), folderId: folderId.nullable(), createdAt: z.iso.datetime() }
/**
 * Other active documents among those that the caller reads, by their current versions, 100 of each at most: `exact` of the same bytes, oldest first, `near` of nearly the same
 * text, nearest first. `similarity` is an estimate (deviation 0.04) of the share of pairs of words in common, 0.3 to 1; in a copy with each tenth word changed it is
 * about 0.7. `comparable` false: the text is not read yet or has fewer than about 17 different pairs of words, so that only bytes were compared.
 */
export const findDuplicates = {
  input: one,
  output: z.strictObject({ exact: z.array(z.strictObject(alike)), near: z.array(z.strictObject({ ...alike, similarity: z.number() })), comparable: z.boolean() }),
}
export type Duplicates = z.infer<typeof findDuplicates.output>
export const listVersions = { input: z.strictObject({ id: documentId, ...pageInput }), output: pageOf(version) }
/** Makes an older version the current one again, as a new version that points at the same bytes. */
export const restoreVersion = { input: z.strictObject({ id: documentId, number: z.int32().min(1) }), output: document }

/** `parentId` null: at the top, or in a folder that is not shown to the caller. `restricted`: it, or one above it, is kept from the organization at large. */
export const folder = z.strictObject({
  id: folderId, name: z.string(), parentId: folderId.nullable(), visibility, restricted: z.boolean(), createdAt: z.iso.datetime(),
})
const folderName = text.trim().min(1).max(200).refine((s) => !/[\u0000-\u001f\u007f/]/.test(s), 'no control characters and no slash')
/** `folder.name_taken` speaks of the folders that the caller is shown; others may have the same name, and siblings may come to. */
export const createFolder = { input: z.strictObject({ name: folderName, parentId: folderId.nullable().default(null), visibility: visibility.default('org') }), output: folder }
export const listFolders = { input: z.strictObject({ parentId: folderId.nullable().default(null), ...pageInput }), output: pageOf(folder) }
export const moveFolder = { input: z.strictObject({ id: folderId, parentId: folderId.nullable() }), output: folder }
export const renameFolder = { input: z.strictObject({ id: folderId, name: folderName }), output: folder }
/** Who restricts a folder, or makes one that is, manages it from then on. */
export const setFolderVisibility = { input: z.strictObject({ id: folderId, visibility }), output: folder }
export const deleteFolder = { input: z.strictObject({ id: folderId }), output: z.strictObject({ id: folderId, deleted: z.literal(true) }) }

/** Answer of an upload. `duplicateOf` names a document of the same bytes that the caller may read; with `created: false` it is the answer itself. */
export const uploadAnswer = z.strictObject({ document, duplicateOf: documentId.nullable(), created: z.boolean() })
export type UploadAnswer = z.infer<typeof uploadAnswer>
/** What happens when the organization already holds these bytes: make another document of them, or return the one that exists. */
export const onDuplicate = z.enum(['create', 'return'])

/**
 * What comes with the bytes: headers of `POST /api/v1/documents`, form fields, or metadata of a resumable upload. With `documentId` they become
 * a new version of that document; `sha256` is what the sender announces, and other bytes are refused.
 */
export const uploadRequest = z.strictObject({
  name: documentName,
  folderId: folderId.nullable().default(null),
  documentId: documentId.optional(),
  idempotencyKey: z.string().regex(/^[\u0021-\u007e]{1,200}$/, '1 to 200 printable characters').nullable().default(null),
  onDuplicate: onDuplicate.default('create'),
  sha256: sha256.optional(),
  /** Of the document from now on; left out, nothing is said of it. */
  ocrLanguages: ocrLanguages.optional(),
})
export type UploadRequest = z.infer<typeof uploadRequest>
