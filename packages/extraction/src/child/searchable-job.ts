import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { ChildRequest } from '../sandbox/records.ts'
import { searchablePdf } from '../sandbox/searchable-file.ts'
import { readLayers } from '../searchable/layers.ts'
import { writeOverPdf } from '../searchable/over-pdf.ts'
import { pictureToPdf } from '../searchable/picture-pdf.ts'
import { emit } from './emit.ts'

export async function searchableJob({ path, mime, password, layers, about, limits }: Extract<ChildRequest, { job: 'searchable' }>): Promise<void> {
  const fd = openSync(join(process.cwd(), searchablePdf), 'wx+', 0o600)
  const now = new Date()
  const pages = mime === 'application/pdf'
    ? await writeOverPdf({ path, password, about, layers: () => readLayers(layers), fd, now })
    : await pictureToPdf({ path, about, layers: readLayers(layers), fd, limits, now })
  closeSync(fd)
  emit({ type: 'done', pages })
}
