import type { IntelliDocsClient } from '@intellidocs/client'
import { until } from '@intellidocs/testing'
import type { LedgerFile } from './ledger.ts'

export type Listener = { readonly name: string; readonly org: string; close(): void }

type Options = { readonly name: string; readonly org: string; readonly ledger: LedgerFile }

/** Notes every event that comes, after the place from which on it should have heard everything. */
export async function listenTo(client: IntelliDocsClient, { name, org, ledger }: Options): Promise<Listener> {
  let begun = false
  const early: (() => void)[] = []
  const live = client.live({
    onEvent: ({ id, documentId }) => {
      const write = (): void => { ledger.write({ kind: 'recv', listener: name, org, eventId: id, documentId }) }
      if (begun) write()
      else early.push(write)
    },
  })
  const first = await until('the stream tells where it begins', () => live.lastEventId)
  // An event may have come within the same look: the place before it is not known then, and nothing is lost by beginning there.
  ledger.write({ kind: 'listen', listener: name, org, after: first })
  begun = true
  for (const write of early) write()
  return { name, org, close: () => { live.close() } }
}
