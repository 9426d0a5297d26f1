import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ExtractionError } from './errors.ts'
import { runChild } from './sandbox/run-child.ts'
import { defaultLimits, type Identified } from './types.ts'

/**
 * Says what the bytes of a file are, whatever its name says; the name only breaks ties among kinds of text.
 *
 * @throws ExtractionError `unsupported_type`, `empty`, `corrupt` (with `mime` where known)
 */
export async function identify(path: string, fileName: string): Promise<Identified> {
  const workDir = await mkdtemp(join(tmpdir(), 'identify-'))
  try {
    const known: { type?: Identified } = {}
    await runChild({
      request: { job: 'identify', path: resolve(path), fileName },
      workDir,
      limits: { ...defaultLimits, wallMs: 30_000 },
      signal: new AbortController().signal,
      onRecord: (record) => {
        if (record.type === 'identified') known.type = { mime: record.mime, format: record.format }
      },
    })
    if (known.type === undefined) throw new ExtractionError('internal', 'the child ended without naming a type')
    return known.type
  } finally {
    await rm(workDir, { recursive: true, force: true })
  }
}
