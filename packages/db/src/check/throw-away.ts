import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { openPGlite } from '../embedded/pglite.ts'
import { serveWire } from '../embedded/wire-server.ts'

export type ThrowAway = { readonly url: string; readonly client: pg.Client; close(): Promise<void> }

/** An empty in-memory database of this process. */
export async function throwAwayDatabase(): Promise<ThrowAway> {
  const db = await openPGlite()
  const password = randomBytes(16).toString('hex')
  const server = await serveWire({ db, port: 0, password, maxConnections: 10 })
  const url = `postgresql://postgres:${password}@127.0.0.1:${server.port}/postgres`
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => { /* the query that was running is rejected with the same error */ })
  await client.connect()
  return {
    url, client,
    async close() {
      await client.end()
      await server.close()
      await db.close()
    },
  }
}
