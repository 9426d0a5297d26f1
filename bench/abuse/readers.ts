import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Login } from './accounts.ts'

export type ReaderCommand =
  | { kind: 'open'; port: number; logins: readonly Login[]; atOnce: number }
  | { kind: 'heard'; folderId: string }
  | { kind: 'leave' }
export type ReaderReport =
  | { kind: 'opened'; sockets: number; closed: number; refused: Record<string, number> }
  | { kind: 'heard'; times: string[]; closed: number }
  | { kind: 'failed'; message: string }

/** Subscribers in processes of their own. */
export type Readers = {
  /** Opens a subscriber for each login. Throws when one could not begin. */
  open(port: number, logins: readonly Login[]): Promise<void>
  /** When each subscriber heard of the folder (`process.hrtime.bigint()`), in no order. */
  heard(folderId: string): Promise<bigint[]>
  /** Cuts all connections and ends the processes. */
  leave(): Promise<void>
}

const AT_ONCE = 25

export function startReaders(processes: number): Readers {
  const children = Array.from({ length: processes }, () => fork(join(import.meta.dirname, 'reader-process.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }))
  return {
    async open(port, logins) {
      await Promise.all(children.map(async (child, at) => {
        const mine = logins.filter((_, n) => n % processes === at)
        const report = await ask(child, { kind: 'open', port, logins: mine, atOnce: AT_ONCE })
        if (report.kind !== 'opened' || report.closed > 0 || Object.keys(report.refused).length > 0) throw new Error(`subscribers failed: ${JSON.stringify(report)}`)
      }))
    },
    async heard(folderId) {
      const reports = await Promise.all(children.map((child) => ask(child, { kind: 'heard', folderId })))
      return reports.flatMap((report) => (report.kind === 'heard' ? report.times.map(BigInt) : []))
    },
    async leave() {
      await Promise.all(children.map(async (child) => {
        if (child.exitCode !== null) return
        const gone = once(child, 'exit')
        child.send({ kind: 'leave' } satisfies ReaderCommand)
        await gone
      }))
    },
  }
}

async function ask(child: ChildProcess, command: ReaderCommand): Promise<ReaderReport> {
  const answered = new AbortController()
  const { signal } = answered
  const gone = once(child, 'exit', { signal }).then((): never => { throw new Error('a process of subscribers ended') })
  child.send(command)
  try {
    const [report] = await Promise.race([once(child, 'message', { signal }) as Promise<[ReaderReport]>, gone])
    if (report.kind === 'failed') throw new Error(report.message)
    return report
  } finally {
    // Both are waited for above; the one that did not come is let go of.
    gone.catch(() => undefined)
    answered.abort()
  }
}
