import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createFileResumeStore } from '@intellidocs/client/node'
import { Option, type Command } from 'commander'
import type { CliContext, Result } from '../context.ts'
import { collectFiles, type Collected } from '../ingest/collect.ts'
import { ingestFiles, type Outcome } from '../ingest/ingest.ts'
import { createProgress } from '../ingest/progress.ts'
import { createTracker } from '../ingest/tracker.ts'
import { findFolder } from '../lookup.ts'
import { count, printable } from '../output.ts'
import { describeReason } from '../states.ts'
import { languageCodes, positiveInteger } from '../values.ts'

type Options = { folder?: string; wait: boolean; again?: boolean; onDuplicate: 'create' | 'return'; parallel: number; ocrLang?: string[] }
type Results = Awaited<ReturnType<typeof ingestFiles>>

export const configureIngest = (command: Command): Command => command
  .description('send files and follow them until they are read; a repeated command goes on where the last one stopped')
  .argument('<path...>', 'files and folders; folders are walked')
  .option('--folder <folder>', 'folder of the archive to put them into; made where it is missing')
  .option('--no-wait', 'end as soon as everything is accepted')
  .option('--again', 'make new documents also of files that were sent before')
  .addOption(new Option('--on-duplicate <what>', 'where the archive already holds the same bytes').choices(['create', 'return']).default('create'))
  .option('--ocr-lang <codes>', 'in which languages pixels are read, such as deu,eng; auto: also in those of the script that is seen; left out: as folder and organization say', languageCodes)
  .option('--parallel <n>', 'files to send at once', positiveInteger, 4)

export async function ingest(context: CliContext, paths: string[], options: Options): Promise<Result> {
  const { client, out, signal, streams } = context
  const started = performance.now()
  const { files, problems } = await collectFiles(paths)
  const folderId = options.folder === undefined ? null : await findFolder(client, options.folder, true)
  const tracker = options.wait && files.length > 0 ? createTracker(client) : null
  const progress = createProgress(out, streams, files)
  let results: Results
  try {
    results = await ingestFiles(files, {
      client, folderId, tracker, progress, signal,
      onDuplicate: options.onDuplicate, atOnce: options.parallel, round: options.again ? randomUUID() : undefined, ocrLanguages: options.ocrLang,
      resumeStore: createFileResumeStore(join(context.settings.dir, 'uploads.json')),
    })
  } finally {
    progress.stop()
    tracker?.close()
  }
  return summarize(context, { results, problems, seconds: (performance.now() - started) / 1000 })
}

type Ended = { results: Results; problems: Collected['problems']; seconds: number }

function summarize({ out }: CliContext, { results, problems, seconds }: Ended): Result {
  const failed = [
    ...problems.map(({ path, message }) => ({ path, error: message })),
    ...results.flatMap(({ file, outcome }) => (outcome.ok ? [] : [{ path: file.path, error: reasonOf(outcome) }])),
  ]
  const documents = results.flatMap(({ file, outcome }) => (outcome.error === undefined ? [documentLine(file.path, outcome)] : []))
  const ready = documents.filter(({ state }) => state === 'ready').length
  const accepted = results.filter(({ outcome }) => outcome.ok).length - ready
  const parts = [`${ready} ready`, ...(accepted > 0 ? [`${accepted} accepted`] : []), `${failed.length} failed`, `${seconds.toFixed(1)} s`]
  out.print(`${count(results.length, 'file')}: ${parts.join(', ')}`)
  for (const { path, error } of failed) out.note(`failed: ${printable(path)}: ${printable(error)}`)
  return { value: { files: results.length, ready, seconds, documents, failed }, ok: failed.length === 0 }
}

type Accepted = Extract<Outcome, { error?: undefined }>

function documentLine(path: string, { document, duplicateOf, created }: Accepted) {
  const { id, name, state, reason, warnings, pages, size, sha256 } = document
  return { path, id, name, state, reason, warnings, pages, size, sha256, duplicateOf, created }
}

function reasonOf(outcome: Outcome): string {
  if (outcome.error !== undefined) return outcome.error
  const { state, reason } = outcome.document
  return `${state}${reason ? ` (${reason})` : ''}: ${describeReason(outcome.document)}`
}
