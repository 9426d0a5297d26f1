import type { Log } from '@intellidocs/kernel'
import type { Credential } from '@intellidocs/domain'
import type { ApiSocket } from './socket.ts'
import { keyOf, type Validity } from './validity.ts'

/** Sign in again, or with other rights. */
export const CLOSE_SIGNED_OUT = 4401
const LOOK_MS = 1000
const NAMELESS_MS = 10_000
const POLICY = 1008
/** Sockets of one account, whatever its keys and sessions: a small part of what the process takes, so that nobody can take it all. */
const MOST_PER_ACCOUNT = 1000

/** Knows every open socket and with what it was opened. */
export type SocketWatch = {
  readonly sockets: ReadonlySet<ApiSocket>
  add(socket: ApiSocket): void
  identified(socket: ApiSocket, credential: Credential | null): void
  remove(socket: ApiSocket): void
  stop(): void
}

/** The sockets that one session or key has opened: asked about once for all of them. */
type Group = { readonly credential: Credential; readonly sockets: Set<ApiSocket> }

/**
 * Looks every second whether session or key, account, membership and role are still what each socket was opened with, all in one
 * statement, and closes those for which they are not. Sockets that nobody signed in on are closed after ten seconds, those beyond the most
 * that an account may have at once, and those whose client does not answer any more. One clock for all of them.
 */
export function createSocketWatch({ validity, log }: { validity: Validity; log: Log }): SocketWatch {
  const sockets = new Set<ApiSocket>()
  const groups = new Map<string, Group>()
  const accounts = new Map<string, number>()
  let looking = false

  async function look(): Promise<void> {
    if (looking) return
    looking = true
    try {
      await Promise.all([...groups.values()].map(async ({ credential, sockets }) => {
        if (await validity.check(credential) !== null) return
        for (const socket of sockets) socket.end(CLOSE_SIGNED_OUT, 'sign in again')
      }))
    } catch (error) {
      // Without the database no call gets through and no event arrives either; the sockets stay for when it is back.
      log.warn({ err: error }, 'open sockets could not be checked')
    } finally {
      looking = false
    }
  }

  const timer = setInterval(() => {
    const now = Date.now()
    for (const socket of sockets) {
      if (socket.credential === null && now - socket.openedAt >= NAMELESS_MS) socket.end(CLOSE_SIGNED_OUT, 'sign in again')
      else socket.keepAlive(now)
    }
    void look()
  }, LOOK_MS)
  return {
    sockets,
    add: (socket) => void sockets.add(socket),
    identified(socket, credential) {
      if (credential === null || !sockets.has(socket)) return
      socket.credential = credential
      const key = keyOf(credential)
      const group = groups.get(key) ?? { credential, sockets: new Set() }
      groups.set(key, group)
      group.sockets.add(socket)
      const open = (accounts.get(credential.userId) ?? 0) + 1
      accounts.set(credential.userId, open)
      if (open > MOST_PER_ACCOUNT) socket.end(POLICY, 'too many connections of this account')
    },
    remove(socket) {
      const { credential } = socket
      if (!sockets.delete(socket) || credential === null) return
      const key = keyOf(credential)
      const group = groups.get(key)
      group?.sockets.delete(socket)
      if (group?.sockets.size === 0) groups.delete(key)
      const open = (accounts.get(credential.userId) ?? 0) - 1
      if (open > 0) accounts.set(credential.userId, open)
      else accounts.delete(credential.userId)
    },
    stop: () => clearInterval(timer),
  }
}
