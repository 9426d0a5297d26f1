import { createServer, type AddressInfo } from 'node:net'
import type { PGlite } from '@electric-sql/pglite'
import { errorFrame, readAnswer, readyFrame, ROLLBACK, STARTUP, SYNC } from './frames.ts'
import { WireClient, type Unit } from './wire-client.ts'

type Job = Unit & { readonly client: WireClient; readonly cleanup?: true }

/** A client that leaves a transaction open stops everybody else; it loses its connection after this, milliseconds. */
const IDLE_OWNER_MS = 60_000

export type WireServer = { readonly port: number; readonly connections: () => number; close(): Promise<void> }

/**
 * Puts PGlite's single backend session behind many TCP connections. It takes the place of @electric-sql/pglite-socket, which
 * hands the backend one protocol message at a time: there, Parse, Bind and Execute of two clients mix on the one unnamed statement and a
 * client can get another client's rows; an exception inside leaves all clients waiting for ever; NOTIFY reaches nobody but its sender;
 * and an error in the extended protocol is answered with two ReadyForQuery, which ends the client's next query too early.
 *
 * Here, everything up to Sync is one unit; a client that has a transaction open (or an unfinished unit) owns the backend until it is
 * closed; exactly one ReadyForQuery answers each unit; notifications go to every connection. Binds loopback only.
 */
export async function serveWire(options: { db: PGlite; port: number; password: string; maxConnections: number }): Promise<WireServer> {
  const { db, password, maxConnections } = options
  const clients = new Set<WireClient>()
  let jobs: Job[] = []
  let owner: WireClient | undefined
  let running = false
  let idle: NodeJS.Timeout | undefined

  async function ask(bytes: Buffer): Promise<ReturnType<typeof readAnswer>> {
    const chunks: Buffer[] = []
    await db.runExclusive(() => db.execProtocolRawStream(bytes, { onRawData: (data) => { chunks.push(Buffer.from(data)) } }))
    return readAnswer(Buffer.concat(chunks))
  }

  // Everybody is greeted alike, and without the backend: whoever connects need not wait for somebody else's transaction.
  const greeting = [...(await ask(STARTUP)).own, readyFrame('I')]

  const server = createServer((socket) => {
    const client = new WireClient(socket, {
      password, greeting,
      onUnit: (unit) => { jobs.push({ ...unit, client }); void pump() },
      onClose: () => {
        clients.delete(client)
        jobs = jobs.filter((job) => job.client !== client || job.cleanup)
        if (owner === client && !running) { jobs.unshift(cleanup(client)); void pump() }
      },
    })
    if (clients.size >= maxConnections) return client.fail('53300', 'too many connections')
    clients.add(client)
  })

  const cleanup = (client: WireClient): Job => ({ client, bytes: Buffer.concat([SYNC, ROLLBACK]), answersReady: true, cleanup: true })

  /** Never rejects: what a unit throws is told to its client, and the next one runs. */
  async function pump(): Promise<void> {
    if (running) return
    running = true
    clearTimeout(idle)
    for (let job = next(); job; job = next()) await execute(job)
    running = false
    const stuck = owner
    if (stuck) idle = setTimeout(() => stuck.socket.destroy(), IDLE_OWNER_MS).unref()
  }

  function next(): Job | undefined {
    const at = owner ? jobs.findIndex((job) => job.client === owner) : 0
    return at < 0 ? undefined : jobs.splice(at, 1)[0]
  }

  async function execute(job: Job): Promise<void> {
    const { client } = job
    try {
      const { own, notifications, status } = await ask(job.bytes)
      owner = job.answersReady && status === 'I' ? undefined : client
      const ready = job.answersReady && status !== undefined ? [readyFrame(status)] : []
      const refused = job.refused === undefined ? [] : [errorFrame('ERROR', '0A000', job.refused)]
      if (!job.cleanup) client.send([...refused, ...own, ...notifications, ...ready])
      if (notifications.length > 0) for (const other of clients) if (other !== client && other.started) other.send(notifications)
    } catch (error) {
      owner = client
      client.fail('XX000', error instanceof Error ? error.message : 'the backend failed')
      if (job.cleanup) owner = undefined
    }
    // Closed while it ran: nobody is left to end its transaction.
    if (client.closed && owner === client) jobs.unshift(cleanup(client))
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', () => { server.removeListener('error', reject); resolve() })
  })

  return {
    port: (server.address() as AddressInfo).port,
    connections: () => clients.size,
    async close() {
      const closed = new Promise<void>((resolve) => { server.close(() => resolve()) })
      for (const client of clients) client.fail('57P01', 'the database is shutting down')
      await closed
    },
  }
}
