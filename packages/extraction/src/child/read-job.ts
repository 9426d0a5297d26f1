import { detect } from '../detect/detect.ts'
import { ExtractionError } from '../errors.ts'
import { parsers } from '../parsers/index.ts'
import type { ChildRequest } from '../sandbox/records.ts'
import { cleanText } from '../text/clean.ts'
import type { Emit } from './emit.ts'
import { createAttachmentSink } from './attachments.ts'
import { createBoxPacker } from './boxes.ts'
import { createFile } from '../parsers/file.ts'
import { unlocked } from '../parsers/office/locked.ts'

export async function readJob(request: Extract<ChildRequest, { job: 'read' }>, emit: Emit): Promise<void> {
  const { limits } = request
  const path = await unlocked(request)
  const { mime, format } = await detect(path, request.fileName)
  emit({ type: 'identified', mime, format })
  const { parse } = await parsers[format]()
  const pack = createBoxPacker(limits.boxBytes)
  let number = 0
  await parse({
    file: createFile(path),
    fileName: request.fileName, mime, password: request.password, limits,
    attach: createAttachmentSink({ folder: request.folder, maxBytes: limits.unpackedBytes, emit }),
    total: (pages) => {
      if (pages > limits.pages) throw new ExtractionError('page_limit', `${pages} pages, ${limits.pages} are allowed`)
      emit({ type: 'total', pages })
    },
    page: (raw, options) => {
      number += 1
      if (number > limits.pages) throw new ExtractionError('page_limit', `more than ${limits.pages} pages`)
      const needsOcr = options?.needsOcr ?? false
      const text = needsOcr ? '' : cleanText(raw)
      emit({ type: 'page', number, text, needsOcr, ...(needsOcr ? {} : pack(options?.boxes)) })
    },
  })
  emit({ type: 'done', pages: number })
}
