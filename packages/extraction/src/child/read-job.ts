import { detect } from '../detect/detect.ts'
import { ExtractionError } from '../errors.ts'
import { parsers } from '../parsers/index.ts'
import type { ChildRequest } from '../sandbox/records.ts'
import { cleanText } from '../text/clean.ts'
import { cleanFacts, type RawFacts } from '../text/facts.ts'
import type { Emit } from './emit.ts'
import { createAttachmentSink } from './attachments.ts'
import { createBoxPacker } from './boxes.ts'
import { createFile } from '../parsers/file.ts'
import { unlocked } from '../parsers/office/locked.ts'

/** Thrown into a parser that goes on after the last page that is wanted. */
class EnoughPages extends Error {}

export async function readJob(request: Extract<ChildRequest, { job: 'read' }>, emit: Emit): Promise<void> {
  const { limits } = request
  const path = await unlocked(request)
  const { mime, format } = await detect(path, request.fileName)
  emit({ type: 'identified', mime, format })
  const { parse } = await parsers[format]()
  const pack = createBoxPacker(limits.boxBytes)
  let [number, announced] = [0, 0]
  let facts: RawFacts = {}
  try {
    await parse({
      file: createFile(path),
      fileName: request.fileName, mime, password: request.password, limits,
      attach: createAttachmentSink({ folder: request.folder, maxBytes: limits.unpackedBytes, emit }),
      facts: (read) => { facts = whole(read) },
      total: (pages) => {
        announced = pages
        emit({ type: 'total', pages: Math.min(pages, limits.pages) })
      },
      page: (raw, options) => {
        if (number === limits.pages) throw new EnoughPages()
        number += 1
        const needsOcr = options?.needsOcr ?? false
        const text = needsOcr ? '' : cleanText(raw)
        emit({ type: 'page', number, text, needsOcr, warnings: options?.warnings ?? [], ...(needsOcr ? {} : pack(options?.boxes)) })
      },
      warn: ({ reason, pages = [], names = [] }) => emit({ type: 'warning', reason, pages, names: names.map((name) => name.slice(0, 300)) }),
    })
  } catch (error) {
    if (!(error instanceof EnoughPages)) throw error
    announced = Math.max(announced, number + 1)
  }
  if (announced > limits.pages) emit({ type: 'warning', reason: 'pages_beyond_limit', pages: [{ from: number + 1, to: announced }], names: [] })
  emit({ type: 'facts', ...cleanFacts(facts) })
  emit({ type: 'done', pages: number })
}

/** The words of a file are not given up because the part is damaged in which it speaks of itself. */
function whole(read: () => RawFacts): RawFacts {
  try {
    return read()
  } catch (error) {
    if (error instanceof ExtractionError && error.reason !== 'corrupt') throw error
    return {}
  }
}
