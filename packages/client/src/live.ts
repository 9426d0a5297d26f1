import type { TRPCUntypedClient } from '@trpc/client'
import type { LiveEvent } from '@intellidocs/contracts'
import type { AppRouter } from '@intellidocs/domain'
import { toIntelliDocsError, type IntelliDocsError } from './errors.ts'
import { backOff } from './links.ts'

/** `connecting`: no events now, they will be caught up with · `live` · `closed`: for good, by `close()` or by a refusal */
export type LiveState = 'connecting' | 'live' | 'closed'

export type LiveOptions = {
  /** The last event that was handled; the stream goes on right after it. Left out: from now on. */
  readonly lastEventId?: string | undefined
  /** Only events of this document. */
  readonly documentId?: string | undefined
  readonly onEvent: (event: LiveEvent) => void
  /** `error` says why the connection was lost, or why the stream was refused. */
  readonly onState?: ((state: LiveState, error?: IntelliDocsError) => void) | undefined
}

export type Live = {
  /** What to resume from in another process. */
  readonly lastEventId: string | undefined
  close(): void
}

/**
 * Every event the caller may see, once and in order, across lost connections and server restarts: after each interruption the stream resumes
 * behind the last event handed to `onEvent`. It ends by itself only when the server refuses it (signed out, key revoked).
 */
export function openLive(client: TRPCUntypedClient<AppRouter>, server: string, options: LiveOptions): Live {
  let lastEventId = options.lastEventId
  let state: LiveState | undefined
  let attempt = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let subscription: { unsubscribe(): void } | undefined

  function enter(next: LiveState, error?: IntelliDocsError): void {
    if (state === 'closed' || (state === next && !error)) return
    state = next
    options.onState?.(next, error)
  }

  function again(error?: IntelliDocsError): void {
    if (state === 'closed') return
    enter('connecting', error)
    timer = setTimeout(subscribe, backOff(attempt++))
  }

  function subscribe(): void {
    const input = { ...(lastEventId ? { lastEventId } : {}), ...(options.documentId ? { documentId: options.documentId } : {}) }
    subscription = client.subscription('notifications.stream', input, {
      onStarted: () => { enter('live') },
      onConnectionStateChange: (change) => {
        if (change.state === 'connecting') enter('connecting', change.error ? toIntelliDocsError(change.error, server) : undefined)
      },
      onData: (data) => {
        const { id, event } = readTracked(data)
        if (id === null || state === 'closed') return
        attempt = 0
        // Without an event it is the place where the stream began: after a cut before the first event it goes on from there.
        lastEventId = id
        if (event) options.onEvent(event)
      },
      onError: (thrown) => {
        const error = toIntelliDocsError(thrown, server)
        if (error.retryable || error.code === 'INTERNAL_SERVER_ERROR') again(error)
        else enter('closed', error)
      },
      // The server ends a stream when it shuts down; another one takes over.
      onComplete: () => { again() },
    })
  }

  enter('connecting')
  subscribe()
  return {
    get lastEventId() { return lastEventId },
    close() {
      clearTimeout(timer)
      enter('closed')
      subscription?.unsubscribe()
    },
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** An item and its id as `tracked()` sends them. Unknown types of events pass: a newer server may have more than this client knows. */
function readTracked(data: unknown): { id: string | null; event: LiveEvent | null } {
  if (!isRecord(data) || typeof data['id'] !== 'string') return { id: null, event: null }
  const { id, data: event } = data
  return { id, event: isRecord(event) && typeof event['id'] === 'string' && typeof event['type'] === 'string' ? event as LiveEvent : null }
}
