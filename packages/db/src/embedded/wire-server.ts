import { createServer, type AddressInfo } from 'node:net'
import type { PGlite } from '@electric-sql/pglite'
import { Backend } from './backend.ts'
import { WireClient } from './wire-client.ts'

export type WireServer = { readonly port: number; readonly connections: () => number; close(): Promise<void> }

/**
 * Puts PGlite's single backend session behind many TCP connections, on 127.0.0.1 only. `port` 0 takes a free one.
 *
 * It takes the place of @electric-sql/pglite-socket, which hands the backend one protocol message at a time: there, Parse, Bind and Execute of
 * two clients mix on the one unnamed statement and a client can get another client's rows; an exception inside leaves all clients waiting
 * for ever; NOTIFY reaches nobody but its sender; an error in the extended protocol is answered with two ReadyForQuery, which ends
 * the client's next query too early; and everybody on the machine may connect.
 */
export async function serveWire(options: { db: PGlite; port: number; password: string; maxConnections: number }): Promise<WireServer> {
  const { db, password, maxConnections } = options
  const clients = new Set<WireClient>()
  const backend = new Backend(db, (frames, from) => {
    for (const client of clients) if (client !== from && client.started) client.send(frames)
  })
  const greeting = await backend.greeting()

  const server = createServer((socket) => {
    const client = new WireClient(socket, {
      password, greeting,
      onUnit: (unit) => { backend.submit(client, unit) },
      onClose: () => { clients.delete(client); backend.forget(client) },
    })
    if (clients.size >= maxConnections) client.fail('53300', 'too many connections')
    else clients.add(client)
  })
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
