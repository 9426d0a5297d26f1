import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Warning, WarningReason } from '@intellidocs/contracts'
import { readJob } from '../child/read-job.ts'
import { unpackBoxes, type WordBox } from '../layout/word-boxes.ts'
import type { ChildRecord } from '../sandbox/records.ts'
import { defaultLimits, type FileFacts, type Identified, type Limits } from '../types.ts'

export type ReadHere = Identified & {
  facts: FileFacts | undefined
  pages: { text: string; needsOcr: boolean }[]
  /** Of the words, by page. */
  boxes: WordBox[][]
  attachments: { fileName: string; bytes: Buffer }[]
  warnings: Warning[]
  /** By the numbers of the pages that have some. */
  pageWarnings: Record<number, WarningReason[]>
}

/** Reads bytes by the code that runs in a child, without the child: for tests of what a format gives. Throws what the parser throws. */
export async function readHere(bytes: Uint8Array | string, { fileName = 'file', password = null, limits = {} }: { fileName?: string; password?: string | null; limits?: Partial<Limits> } = {}): Promise<ReadHere> {
  const folder = await mkdtemp(join(tmpdir(), 'read-here-'))
  const records: ChildRecord[] = []
  try {
    const path = join(folder, 'file')
    await writeFile(path, bytes)
    await readJob({ job: 'read', path, folder, fileName, password, limits: { ...defaultLimits, ...limits } }, (record) => void records.push(record))
    const known = records.find((record) => record.type === 'identified')
    if (known === undefined) throw new Error('no type was named')
    const facts = records.find((record) => record.type === 'facts')
    const pages = records.filter((record) => record.type === 'page')
    return {
      mime: known.mime, format: known.format,
      facts: facts && { title: facts.title, author: facts.author, createdAt: facts.createdAt, modifiedAt: facts.modifiedAt },
      pages: pages.map(({ text, needsOcr }) => ({ text, needsOcr })),
      boxes: pages.map(({ boxes }) => unpackBoxes(Buffer.from(boxes ?? '', 'base64'))),
      warnings: records.filter((record) => record.type === 'warning').map(({ reason, pages: ranges, names }) => ({ reason, pages: ranges, names })),
      pageWarnings: Object.fromEntries(pages.filter(({ warnings }) => warnings.length > 0).map(({ number, warnings }) => [number, warnings])),
      attachments: await Promise.all(records.filter((record) => record.type === 'attachment').map(async ({ fileName: name, file }) => ({ fileName: name, bytes: await readFile(join(folder, file)) }))),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The pages' texts. */
export const textsOf = async (bytes: Uint8Array | string, fileName = 'file'): Promise<string[]> => (await readHere(bytes, { fileName })).pages.map(({ text }) => text)
