import { z } from 'zod'
import { documentsContract, readingContract } from '@intellidocs/contracts'
import { formats, type About, type Limits, type PictureLook } from '../types.ts'
import type { Walls } from './walls.ts'

/** What a child may be asked for; one line of JSON on its stdin, so that a password is in no argument list. */
export type ChildRequest =
  | { job: 'identify'; path: string; fileName: string }
  /** `folder` is where attachments go. */
  | { job: 'read'; path: string; folder: string; fileName: string; password: string | null; limits: ChildLimits }
  | {
      job: 'ocr'
      path: string
      mime: string
      password: string | null
      pages: number[]
      langs: string[]
      /** Whether pages in other scripts are read in languages of those. */
      anyScript: boolean
      engine: 'auto' | 'native' | 'wasm'
      /** Pages that may cross a limit before the job ends. */
      tolerance: number
      limits: Limits
      walls: Walls
    }
  /** `layers` is a file of words by page; what is made is a file of the name `searchablePdf` in the child's folder. */
  | { job: 'searchable'; path: string; mime: string; password: string | null; layers: string; about: About; limits: ChildLimits }
  /** `program` is LibreOffice's, `filter` the one it reads with. */
  | { job: 'convert'; path: string; program: string; filter: string; to: 'odt' | 'ods' | 'odp'; limits: Limits; walls: Walls }
  | { job: 'picture'; path: string; mime: string; password: string | null; pages: number[]; look: PictureLook; limits: ChildLimits }

/** The limits a child keeps by itself; the others are kept from outside. */
export type ChildLimits = Pick<Limits, 'pages' | 'pixels' | 'unpackedBytes' | 'outputBytes' | 'boxBytes'>

const format = z.enum(formats)
const count = z.int().min(0)
/** Places of words, packed; the words of one page take less. */
const boxes = z.base64().max(2_000_000).optional()
const language = z.string().regex(/^\w{1,40}$/)
const pageWarnings = z.array(readingContract.warningReason).max(10)
/** Letters beyond the first plane count twice here. */
const line = z.string().max(600).nullable()
const moment = z.iso.datetime().nullable()

/** What a child may say, one line of JSON each on descriptor 3. A child is not trusted: anything else is an error. */
export const childRecord = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('identified'), mime: z.string().max(200), format }),
  z.strictObject({ type: z.literal('total'), pages: count }),
  z.strictObject({ type: z.literal('page'), number: z.int().min(1), text: z.string(), needsOcr: z.boolean(), warnings: pageWarnings, boxes }),
  z.strictObject({ type: z.literal('facts'), title: line, author: line, createdAt: moment, modifiedAt: moment }),
  z.strictObject({ type: z.literal('attachment'), fileName: z.string().max(1_000), file: z.string().regex(/^attachment-\d{1,6}$/) }),
  z.strictObject({
    type: z.literal('engine'),
    engine: z.enum(['tesseract', 'tesseract.js']),
    version: z.string().regex(/^[\w.+-]{1,40}$/),
    languages: z.array(z.string()),
    missing: z.array(z.string()),
  }),
  z.strictObject({
    type: z.literal('ocr'), number: z.int().min(1), text: z.string(), source: readingContract.pageSource,
    confidence: z.number().min(0).max(100).nullable(), warnings: pageWarnings, boxes, languages: z.array(language).max(10).optional(), missing: language.optional(),
  }),
  readingContract.warning.extend({ type: z.literal('warning') }),
  z.strictObject({ type: z.literal('picture'), number: z.int().min(1), image: z.base64(), width: z.int().min(1), height: z.int().min(1) }),
  z.strictObject({ type: z.literal('failed'), reason: documentsContract.reason, message: z.string().max(2_000), mime: z.string().max(200).nullable() }),
  z.strictObject({ type: z.literal('done'), pages: count }),
])
export type ChildRecord = z.infer<typeof childRecord>
