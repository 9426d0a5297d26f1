import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { CommandError } from '../failure.ts'

const LOOK_MS = 1_000

export const configureReindex = (command: Command): Command => command
  .description('build the index that Meilisearch searches anew, while the present one serves; runs on the server')
  .option('--no-wait', 'leave it to the worker and end')

/** A worker builds it, also when this command is interrupted. */
export async function reindex(context: CliContext, _args: string[], { wait }: { wait: boolean }): Promise<Result> {
  // Database and modules are dear to load, and few commands need them.
  const { openModules } = await import('../open-modules.ts')
  const { modules, close } = await openModules(context.env)
  try {
    const { keywordIndex } = modules.search
    if (keywordIndex === null) {
      throw new CommandError('There is no Meilisearch here (MEILI_URL): search answers from Postgres, whose passages "intellidocs reprocess" makes anew.')
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
