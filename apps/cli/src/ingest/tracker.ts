import type { IntelliDocsClient, Live } from '@intellidocs/client'
import { eventPayloads, type Document, type DocumentId, type LiveEvent } from '@intellidocs/contracts'
import { terminalStates } from '../states.ts'

export type Following = {
  /** The document's state from now on, up to and with a terminal one. */
  readonly onChange: (document: Document) => void
}

/** Follows documents until they are read or have ended otherwise. */
export type Tracker = {
  follow(id: DocumentId, following: Following): Promise<Document>
  close(): void
}

/** Events are the fast way; looking is the sure one, for a socket that does not get through. */
const LOOK_EVERY_MS = 5_000
const LOOK_AT_ONCE = 20

type Entry = {
  readonly id: DocumentId
  readonly following: Following
  readonly resolve: (document: Document) => void
  readonly reject: (error: unknown) => void
  last: Document | undefined
  looking: boolean
  again: boolean
}

/**
 * Watches events from before the first upload on, so that none is missed. Progress is shown as the event says it; that a document has come to
 * its end is read from the API, which alone says what is true now.
 */
export function createTracker(client: IntelliDocsClient, lookEveryMs = LOOK_EVERY_MS): Tracker {
  const entries = new Map<DocumentId, Entry>()
  const live: Live = client.live({ onEvent: handle })
  const timer = setInterval(() => { for (const entry of [...entries.values()].slice(0, LOOK_AT_ONCE)) void look(entry) }, lookEveryMs)

  function handle(event: LiveEvent): void {
    const entry = event.documentId === null ? undefined : entries.get(event.documentId)
    if (!entry) return
    const progress = event.type === 'documents.progressed.v1' ? eventPayloads[event.type].safeParse(event.payload) : null
    if (progress?.success && entry.last) entry.following.onChange({ ...entry.last, state: 'processing', progress: progress.data })
    else void look(entry)
  }

  async function look(entry: Entry): Promise<void> {
    if (entry.looking) {
      entry.again = true
      return
    }
    entry.looking = true
    try {
      const document = await client.api.documents.get.query({ id: entry.id })
      entry.last = document
      entry.following.onChange(document)
      if (terminalStates.has(document.state)) settle(entry, () => { entry.resolve(document) })
    } catch (error) {
      if (!isPassing(error)) settle(entry, () => { entry.reject(error) })
    }
    entry.looking = false
    if (!entry.again) return
    entry.again = false
    if (entries.has(entry.id)) void look(entry)
  }

  function settle(entry: Entry, how: () => void): void {
    entries.delete(entry.id)
    how()
  }

  return {
    follow(id, following) {
      const { promise, resolve, reject } = Promise.withResolvers<Document>()
      const entry: Entry = { id, following, resolve, reject, last: undefined, looking: false, again: false }
      entries.set(id, entry)
      void look(entry)
      return promise
    },
    close() {
      clearInterval(timer)
      live.close()
    },
  }
}

/** The server is restarting or counts our calls: the next look tells. */
const isPassing = (error: unknown): boolean => error instanceof Error && 'retryable' in error && error.retryable === true
