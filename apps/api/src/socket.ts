import type { IncomingHttpHeaders } from 'node:http'
import { WebSocket } from 'ws'
import type { Credential } from '@intellidocs/domain'

/** What may wait in our memory for one reader, bytes. */
export const MOST_BUFFERED = 4 * 1024 * 1024
/** Messages of any kind in `WINDOW_MS`. Calls are counted by the rate limits; this is for what never becomes a call: pings, stops, garbage. */
export const MOST_MESSAGES = 600
const WINDOW_MS = 10_000
/** A client that says nothing for so long is asked whether it is there, and gets so long to answer. */
const SILENT_MS = 25_000
const ANSWER_MS = 10_000
/** A reader that is too slow comes back with its last event id and reads the rest from the table. */
const TOO_SLOW = 1013
const POLICY = 1008
const GOODBYE_MS = 1000

/** Of the request that opened a socket, until its context was made. */
export type Opening = { readonly ip: string; readonly headers: IncomingHttpHeaders }

/**
 * A websocket that keeps its own limits. A class, and no functions made for each socket: ten thousand of these are open at a time, and what
 * each holds besides is most of what the process takes (ADR 0016).
 */
export class ApiSocket extends WebSocket {
  readonly openedAt: number = Date.now()
  opening: Opening | null = null
  /** What it was signed in with; null for nobody so far. */
  credential: Credential | null = null
  /** The code with which this side began to close; undefined where the other did. */
  closedWith: number | undefined = undefined
  #heardAt: number = this.openedAt
  #askedAt: number | null = null
  #windowBegan: number = this.openedAt
  #messages = 0

  /** Sends nothing to a reader that leaves more than `MOST_BUFFERED` unread: it is closed with 1013 instead. */
  override send(text: string): void {
    if (this.readyState !== WebSocket.OPEN) return
    if (this.bufferedAmount > MOST_BUFFERED) this.end(TOO_SLOW, 'reading too slowly')
    else super.send(text)
  }

  override close(code?: number, reason?: string): void {
    this.closedWith ??= code
    super.close(code, reason)
  }

  /**
   * Closes, and cuts when the other side does not take part: what is buffered is only freed then. Nothing it still says is heard: calls of
   * somebody who just ignores the goodbye would otherwise be carried out with the rights they have lost.
   */
  end(code: number, reason: string): void {
    if (this.readyState !== WebSocket.OPEN) return
    this.removeAllListeners('message')
    this.close(code, reason)
    setTimeout(() => this.terminate(), GOODBYE_MS).unref()
  }

  /** To be called for every message, before anybody else hears it. */
  heard(): void {
    const now = Date.now()
    this.#heardAt = now
    this.#askedAt = null
    if (now - this.#windowBegan > WINDOW_MS) {
      this.#windowBegan = now
      this.#messages = 0
    }
    this.#messages += 1
    if (this.#messages > MOST_MESSAGES) this.end(POLICY, 'too many messages')
  }

  /** To be called every second or so: asks whether a silent client is there, as tRPC's clients expect it, and cuts one that does not answer. */
  keepAlive(now: number): void {
    if (this.#askedAt !== null) {
      if (now - this.#askedAt > ANSWER_MS) this.terminate()
    } else if (now - this.#heardAt > SILENT_MS) {
      this.#askedAt = now
      this.send('PING')
    }
  }
}
