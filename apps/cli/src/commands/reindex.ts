import { setTimeout as delay } from 'node:timers/promises'
import { reindexFaults, type Reindexing, type ReindexFault } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError } from '../failure.ts'
import { count } from '../output.ts'

const LOOK_MS = 1_000
type Options = { wait: boolean; meilisearch?: boolean }

export const configureReindex = (command: Command): Command => command
  .description('compare what search answers from with the documents of the organization, and heal what differs, while search goes on')
  .option('--no-wait', 'leave it to the worker and end')
  .option('--meilisearch', 'on the server: build the index that Meilisearch searches anew, for all organizations, while the present one serves')

/** A worker does it, also when this command is interrupted; said again, it goes on telling. */
export async function reindex(context: CliContext, _args: string[], { wait, meilisearch }: Options): Promise<Result> {
  if (meilisearch === true) return rebuild(context, wait)
  const { client: { api }, out, signal } = context
  const { started, reindexing } = await api.search.reindex.mutate({})
  if (!started) out.note('One is under way already.')
  let now = reindexing
  let said = ''
  while (wait && now.endedAt === null) {
    const line = progressOf(now)
    if (line !== said) out.note(line)
    said = line
    await delay(LOOK_MS, undefined, { signal })
    now = (await api.search.reindexing.query({})).reindexing ?? now
  }
  if (now.endedAt === null) out.print('A worker does it; "intellidocs reindex" tells how far it is.')
  else for (const line of toldEnd(now)) out.print(line)
  return done({ started, reindexing: now })
}

const stages: Readonly<Record<NonNullable<Reindexing['stage']>, string>> = {
  documents: 'comparing documents', vectors: 'making vectors', frequencies: 'counting words', absentWords: 'counting words', lengths: 'counting passages', entries: 'comparing entries of Meilisearch',
}

function progressOf({ stage, looked, documents, failures }: Reindexing): string {
  const what = stage === null || stage === 'documents' ? `${looked} of ${count(documents, 'document')}` : `${stages[stage]}`
  return failures > 0 ? `${what}; failed ${count(failures, 'time')}, the log of the worker says why, and it is tried again.` : `${what}.`
}

const names: Readonly<Record<ReindexFault, string>> = {
  stalePassages: 'passages of old versions', orphans: 'words and vectors without their passage', tags: 'tags', pages: 'pages that are not there', unpublished: 'documents that search does not show in their present version',
  passages: 'passages', words: 'words of passages', vectors: 'vectors', frequencies: 'frequencies of words', entries: 'documents in Meilisearch',
}

function toldEnd({ documents, found, healed }: Reindexing): string[] {
  const wrong = reindexFaults.filter((fault) => found[fault] > 0)
  if (wrong.length === 0) return [`All is as it should be: ${count(documents, 'document')}.`]
  const left = wrong.some((fault) => healed[fault] < found[fault])
  return [
    ...wrong.map((fault) => `${names[fault]}: ${found[fault]} wrong, ${healed[fault]} healed`),
    ...(left ? ['What is left is healed by reading those documents again: "intellidocs verify" names them, "intellidocs reprocess" reads them.'] : []),
  ]
}

/** The operator's: of all organizations. */
async function rebuild(context: CliContext, wait: boolean): Promise<Result> {
  // Database and modules are dear to load, and few commands need them.
  const { openModules } = await import('../open-modules.ts')
  const { modules, close } = await openModules(context.env)
  try {
    const { keywordIndex } = modules.search
    if (keywordIndex === null) {
      throw new CommandError('There is no Meilisearch here (MEILI_URL): search answers from Postgres, which "intellidocs reindex" compares with the documents and heals.')
    }
    await keywordIndex.rebuild()
    let progress = await keywordIndex.progress()
    while (wait && progress.state !== 'kept') {
      context.out.note(progress.state === 'wanted' ? 'Waiting for a worker to begin.' : `${progress.done} of ${progress.total} documents.`)
      await delay(LOOK_MS, undefined, { signal: context.signal })
      progress = await keywordIndex.progress()
    }
    context.out.print(progress.state === 'kept' ? 'The index is built and serves.' : 'A worker builds it; until it is done the present index serves.')
    return done(progress)
  } finally {
    await close()
  }
}
