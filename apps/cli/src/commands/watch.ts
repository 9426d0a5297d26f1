import type { IntelliDocsError, Live } from '@intellidocs/client'
import type { DocumentId, LiveEvent } from '@intellidocs/contracts'
import type { Command } from 'commander'
import { done, type CliContext, type Result } from '../context.ts'
import { findDocument } from '../lookup.ts'
import { printable } from '../output.ts'
import { positiveInteger } from '../values.ts'

type Options = { since?: string; document?: string; count?: number }

export const configureWatch = (command: Command): Command => command
  .description('events as they happen, until Ctrl-C')
  .option('--since <id>', 'go on behind this event')
  .option('--document <document>', 'only of this document (id or exact name)')
  .option('--count <n>', 'stop after so many', positiveInteger)

export async function watch(context: CliContext, _args: string[], options: Options): Promise<Result> {
  const documentId = options.document === undefined ? undefined : (await findDocument(context.client, options.document)).id
  const printer = createPrinter(context)
  await follow(context, { documentId, since: options.since, count: options.count ?? Infinity, onEvent: printer.event })
  printer.end()
  return done(undefined)
}

type Following = { documentId: DocumentId | undefined; since: string | undefined; count: number; onEvent: (event: LiveEvent) => void }

/** Ends with Ctrl-C or after `count` events; throws when the server refuses the stream. */
function follow({ client, out, signal }: CliContext, { documentId, since, count, onEvent }: Following): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let seen = 0
  let live = listen(since)

  function listen(lastEventId: string | undefined): Live {
    return client.live({
      documentId, lastEventId,
      onEvent(event) {
        if (seen >= count) return
        seen += 1
        onEvent(event)
        if (seen >= count) resolve(seen)
      },
      onState(state, error?: IntelliDocsError) {
        if (state === 'closed' && error) goOnOr(error)
        else if (!out.json) out.note(out.colors.dim(state === 'live' ? 'connected' : error ? `connecting again: ${error.message}` : 'connecting'))
      },
    })
  }

  /** A stream ends with any change of what its reader may do. Whoever may still come in listens on; of the others, the next call says what they lost. */
  function goOnOr(error: IntelliDocsError): void {
    if (error.appCode !== 'auth.required') return reject(error)
    client.api.auth.me.query().then(() => { if (!signal.aborted) live = listen(live.lastEventId) }, reject)
  }

  const stop = () => { resolve(seen) }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  return promise.finally(() => {
    signal.removeEventListener('abort', stop)
    live.close()
  })
}

/** As lines, or with `--json` as one array that is written as the events come, so that a reader need not wait for its end. */
function createPrinter({ out, streams }: CliContext) {
  let first = true
  if (out.json) streams.stdout.write('[')
  return {
    event(event: LiveEvent) {
      if (out.json) streams.stdout.write(`${first ? '' : ','}\n${JSON.stringify(event)}`)
      else out.print(formatEvent(event, out.colors.dim))
      first = false
    },
    end() { if (out.json) streams.stdout.write('\n]\n') },
  }
}

/** `12:30:01  documents.progressed  0193…  stage ocr, pagesDone 3, pages 12` */
export function formatEvent(event: LiveEvent, dim: (text: string) => string): string {
  const facts = Object.entries(event.payload)
    .filter(([key]) => key !== 'documentId' && key !== 'versionId')
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return [dim(event.at.slice(11, 19)), event.type.replace(/\.v\d+$/, ''), event.documentId ?? '', printable(facts.join(', '))].join('  ').trimEnd()
}
