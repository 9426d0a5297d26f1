import { PassThrough } from 'node:stream'
import type { Document } from '@intellidocs/contracts'
import { expect, test } from 'vitest'
import { createOutput } from '../output.ts'
import type { LocalFile } from './collect.ts'
import { createProgress } from './progress.ts'

const terminal = () => Object.assign(new PassThrough(), { isTTY: true, columns: 100 })

test.each([1, 5])('at a terminal each of %i files has its line, the last one too, although the bars end with it', (many) => {
  const streams = { stdin: terminal(), stdout: terminal(), stderr: terminal() }
  const files = Array.from({ length: many }, (_, n): LocalFile => ({ path: `/tmp/${n}.txt`, name: `${n}.txt`, size: 3, mtimeMs: 0 }))
  const progress = createProgress(createOutput(streams, { json: false, noColor: true }), streams, files)
  for (const file of files) {
    progress.sending(file, file.size)
    progress.finished(file, { ok: true, document: { id: `id-${file.name}`, state: 'ready', pages: 1, warnings: [] as readonly unknown[] } as Document, duplicateOf: null, created: true })
  }
  progress.stop()
  // Without what the bars wipe away again.
  const told = String(streams.stderr.read()).split('\u001b[0J').join('')
  for (const { name } of files) expect(told).toContain(`ready  ${name}  1 page  id-${name}`)
})
