import { ExtractionError } from '../errors.ts'
import { startReader, type ReaderOptions, type ReaderProcess } from './reader-process.ts'

export type ReaderPoolOptions = ReaderOptions & {
  /** Readers kept waiting for the next file of their owner, beside one that belongs to nobody yet. */
  idle: number
  /** Milliseconds that one waits before it is ended. */
  idleMs: number
  onStart?: () => void
}
export type ReaderPool = {
  /**
   * Runs `attempt` with a reader that so far has read only files of `owner`. What a file's end in a used reader leaves in doubt (`internal`,
   * `memory_limit`, `corrupt`) is asked once more of a new one, so that no file is judged by what an earlier one left.
   */
  run<T>(owner: string, attempt: (reader: ReaderProcess) => Promise<T>): Promise<T>
  /** Ends all readers, those at work too. */
  close(): Promise<void>
}

/** `owner` is null for the spare one. */
type Member = { readonly reader: Promise<ReaderProcess>; owner: string | null; busy: boolean; timer?: NodeJS.Timeout }
type Lease = { readonly member: Member; readonly reader: ReaderProcess; /** It has read a file before. */ readonly used: boolean }

const doubtful = new Set(['internal', 'memory_limit', 'corrupt'])

/** The readers there are, those that wait in the order of their last use. */
function createRoster(options: ReaderPoolOptions) {
  const members: Member[] = []

  function add(owner: string | null): Member {
    options.onStart?.()
    const member: Member = { reader: startReader(options), owner, busy: owner !== null }
    // Told to whoever takes it.
    member.reader.catch(() => forget(member))
    members.push(member)
    return member
  }

  function forget(member: Member): void {
    clearTimeout(member.timer)
    const at = members.indexOf(member)
    if (at !== -1) members.splice(at, 1)
  }

  async function drop(member: Member): Promise<void> {
    forget(member)
    await (await member.reader).end()
  }

  return {
    add, drop,
    /** Takes the newest of the owner's own that waits, else the spare one. */
    occupy: (owner: string): Member | undefined => {
      const waiting = (of: string | null) => members.findLast((one) => !one.busy && one.owner === of)
      const member = waiting(owner) ?? waiting(null)
      if (member === undefined) return undefined
      clearTimeout(member.timer)
      return Object.assign(member, { busy: true, owner })
    },
    /** Lets it wait, or ends it when it is not fit, and those that wait too many. */
    release: async (member: Member): Promise<void> => {
      member.busy = false
      const at = members.indexOf(member)
      if (at !== -1) members.push(...members.splice(at, 1))
      member.timer = setTimeout(() => void drop(member), options.idleMs).unref()
      if (!await (await member.reader).fit() && !member.busy) await drop(member)
      const waiting = members.filter((one) => !one.busy && one.owner !== null)
      await Promise.all(waiting.slice(0, Math.max(0, waiting.length - options.idle)).map(drop))
    },
    hasSpare: () => members.some((one) => one.owner === null),
    clear: () => Promise.all(members.slice().map(drop)),
  }
}

/**
 * Readers that are kept between files. A process only ever reads files of one owner: isolation between owners is that of processes, as if each
 * file had its own. Who calls decides how many read at once; the pool only bounds how many wait.
 */
export function createReaderPool(options: ReaderPoolOptions): ReaderPool {
  const roster = createRoster(options)
  let closed = false

  async function take(owner: string, { fresh }: { fresh: boolean }): Promise<Lease> {
    for (;;) {
      if (closed) throw new ExtractionError('cancelled', 'the readers were closed')
      const known = fresh ? undefined : roster.occupy(owner)
      const member = known ?? roster.add(owner)
      const reader = await member.reader
      if (await reader.fit()) return { member, reader, used: reader.served() > 0 }
      await roster.drop(member)
      if (known === undefined) throw await reader.startError()
    }
  }

  async function use<T>({ member, reader }: Lease, attempt: (reader: ReaderProcess) => Promise<T>): Promise<T> {
    try {
      return await attempt(reader)
    } catch (error) {
      // Ended by us, which is nothing that the file did.
      throw closed ? new ExtractionError('cancelled', 'the readers were closed', { cause: error }) : error
    } finally {
      void roster.release(member)
      if (!closed && !roster.hasSpare()) roster.add(null)
    }
  }

  return {
    run: async (owner, attempt) => {
      const lease = await take(owner, { fresh: false })
      try {
        return await use(lease, attempt)
      } catch (error) {
        if (!lease.used || !(error instanceof ExtractionError) || !doubtful.has(error.reason)) throw error
      }
      return use(await take(owner, { fresh: true }), attempt)
    },
    close: async () => {
      closed = true
      await roster.clear()
    },
  }
}
