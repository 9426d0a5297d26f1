export { ExtractionError } from './errors.ts'
export { identify } from './identify.ts'
export { ocrPages } from './ocr-pages.ts'
export { canPicture, picturePages } from './picture-pages.ts'
export { canMakeSearchable, makeSearchable } from './make-searchable.ts'
export { createDocumentReader } from './read-document.ts'
export { createClamd, type ClamdOptions } from './scan/clamd.ts'
export { InfectedError } from './scan/infected-error.ts'
export { ScanError, type ScanVerdict, type VirusScanner } from './scan/scan.types.ts'
export { boxesOfSpan } from './layout/span-boxes.ts'
export { unpackBoxes, type Box, type WordBox } from './layout/word-boxes.ts'
export { languageOf } from './text/language.ts'
export { isListMark } from './text/list-marks.ts'
export { headingOf, nameWords } from './text/title.ts'
export { countWords, eachWord } from './text/words.ts'
export type { DocumentReader, DocumentReaderOptions, OcrInput, PictureInput, ReadInput, SearchableInput } from './api.types.ts'
export {
  defaultLimits,
  formats,
  limitsForPages,
  type About,
  type Attachment,
  type ExtractedPage,
  type FileFacts,
  type Format,
  type Identified,
  type Limits,
  type OcrPage,
  type OcrResult,
  type PagePicture,
  type PictureLook,
  type Provenance,
  type ReadResult,
  type RecognizedWords,
  type Reuse,
} from './types.ts'
