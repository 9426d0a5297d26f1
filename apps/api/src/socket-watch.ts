import type { WebSocket } from 'ws'
import type { Log } from '@intellidocs/kernel'
import type { Credential } from '@intellidocs/domain'
import { endSocket } from './socket-limits.ts'
import type { Validity } from './validity.ts'

/** Sign in again, or with other rights. */
export const CLOSE_SIGNED_OUT = 4401
const LOOK_MS = 1000
const NAMELESS_MS = 10_000
const POLICY = 1008
/** Sockets of one account, whatever its keys and sessions: a small part of what the process takes, so that nobody can take it all. */
const MOST_PER_ACCOUNT = 1000

/** Knows every open socket and with what it was opened. */
export type SocketWatch = {
  add(socket: WebSocket): void
  identified(socket: WebSocket, credential: Credential | null): void
  stop(): void
}

/**
 * Looks every second whether session or key, account, membership and role are still what each socket was opened with, all in one
 * statement, and closes those for which they are not. Sockets that nobody signed in on are closed after ten seconds, and those beyond the
 * most that an account may have at once.
 */
export function createSocketWatch({ validity, log, lookMs = LOOK_MS, namelessMs = NAMELESS_MS, mostPerAccount = MOST_PER_ACCOUNT }: {
  validity: Validity; log: Log; lookMs?: number; namelessMs?: number; mostPerAccount?: number
}): SocketWatch {
  const accounts = new Map<string, number>()
  const count = (userId: string | undefined, by: number): number => {
    if (userId === undefined) return 0
    const now = (accounts.get(userId) ?? 0) + by
    if (now === 0) accounts.delete(userId)
    else accounts.set(userId, now)
    return now
  }
  const sockets = new Map<WebSocket, { since: number; credential: Credential | null }>()
  let looking = false

  async function look(): Promise<void> {
    if (looking) return
    looking = true
    try {
      const now = Date.now()
      await Promise.all([...sockets].map(async ([socket, { since, credential }]) => {
        const stays = credential === null ? now - since < namelessMs : await validity.check(credential) !== null
        if (!stays) endSocket(socket, CLOSE_SIGNED_OUT, 'sign in again')
      }))
    } catch (error) {
      // Without the database no call gets through and no event arrives either; the sockets stay for when it is back.
      log.warn({ err: error }, 'open sockets could not be checked')
    } finally {
      looking = false
    }
  }

  const timer = setInterval(() => void look(), lookMs)
  return {
    add(socket) {
      sockets.set(socket, { since: Date.now(), credential: null })
      socket.once('close', () => {
        count(sockets.get(socket)?.credential?.userId, -1)
        sockets.delete(socket)
      })
    },
    identified(socket, credential) {
      const known = sockets.get(socket)
      if (known === undefined) return
      known.credential = credential
      if (count(credential?.userId, 1) > mostPerAccount) endSocket(socket, POLICY, 'too many connections of this account')
    },
    stop: () => clearInterval(timer),
  }
}
