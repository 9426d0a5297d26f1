import type { PGlite } from '@electric-sql/pglite'
import { errorFrame, readAnswer, readyFrame, ROLLBACK, STARTUP, SYNC } from './frames.ts'
import type { Unit, WireClient } from './wire-client.ts'

type Job = Unit & { readonly client: WireClient; readonly cleanup?: true }
type Answer = ReturnType<typeof readAnswer>

/** A client that leaves a transaction open stops everybody else; it loses its connection after this, milliseconds. */
const IDLE_OWNER_MS = 60_000

const cleanup = (client: WireClient): Job => ({ client, bytes: Buffer.concat([SYNC, ROLLBACK]), answersReady: true, cleanup: true })

/**
 * Hands PGlite one unit after the other. A client that has a transaction open, or a unit unfinished, owns the backend until both are closed;
 * each unit is answered with exactly one ReadyForQuery; notifications go to everybody.
 */
export class Backend {
  readonly #db: PGlite
  readonly #broadcast: (frames: readonly Buffer[], from: WireClient) => void
  #jobs: Job[] = []
  #owner: WireClient | undefined
  #running = false
  #idle: NodeJS.Timeout | undefined

  constructor(db: PGlite, broadcast: (frames: readonly Buffer[], from: WireClient) => void) {
    this.#db = db
    this.#broadcast = broadcast
  }

  /** What every connection is greeted with. Asked once: whoever connects need not wait for somebody else's transaction. */
  async greeting(): Promise<Buffer[]> {
    return [...(await this.#ask(STARTUP)).own, readyFrame('I')]
  }

  submit(client: WireClient, unit: Unit): void {
    this.#jobs.push({ ...unit, client })
    void this.#pump()
  }

  /** Forgets a client that went away, and ends its transaction. */
  forget(client: WireClient): void {
    this.#jobs = this.#jobs.filter((job) => job.client !== client || job.cleanup)
    if (this.#owner !== client || this.#running) return
    this.#jobs.unshift(cleanup(client))
    void this.#pump()
  }

  /** Never rejects: what a unit throws is told to its client, and the next one runs. */
  async #pump(): Promise<void> {
    if (this.#running) return
    this.#running = true
    clearTimeout(this.#idle)
    for (let job = this.#next(); job; job = this.#next()) await this.#execute(job)
    this.#running = false
    const stuck = this.#owner
    if (stuck) this.#idle = setTimeout(() => stuck.socket.destroy(), IDLE_OWNER_MS).unref()
  }

  #next(): Job | undefined {
    const at = this.#owner ? this.#jobs.findIndex((job) => job.client === this.#owner) : 0
    return at < 0 ? undefined : this.#jobs.splice(at, 1)[0]
  }

  async #ask(bytes: Buffer): Promise<Answer> {
    const chunks: Buffer[] = []
    // Copied at once: the view is on the memory of the wasm module.
    await this.#db.runExclusive(() => this.#db.execProtocolRawStream(bytes, { onRawData: (data) => { chunks.push(Buffer.from(data)) } }))
    return readAnswer(Buffer.concat(chunks))
  }

  async #execute(job: Job): Promise<void> {
    const { client } = job
    try {
      const answer = await this.#ask(job.bytes)
      this.#owner = job.answersReady && answer.status === 'I' ? undefined : client
      if (!job.cleanup) reply(job, answer)
      if (answer.notifications.length > 0) this.#broadcast(answer.notifications, client)
    } catch (error) {
      client.fail('XX000', error instanceof Error ? error.message : 'the backend failed')
      // A clean-up that fails is not tried again: it would be tried for ever.
      this.#owner = job.cleanup ? undefined : client
    }
    // Closed while it ran: nobody is left to end its transaction.
    if (client.closed && this.#owner === client) this.#jobs.unshift(cleanup(client))
  }
}

function reply(job: Job, { own, notifications, status }: Answer): void {
  const refused = job.refused === undefined ? [] : [errorFrame('ERROR', '0A000', job.refused)]
  const ready = job.answersReady && status !== undefined ? [readyFrame(status)] : []
  job.client.send([...refused, ...own, ...notifications, ...ready])
}
