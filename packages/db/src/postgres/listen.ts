import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { DbLog } from './log.ts'

const CHANNEL = /^[a-z_][a-z0-9_]{0,62}$/
const MAX_BACKOFF_MS = 5_000

export type Listening = { close(): Promise<void> }
type Connection = { readonly client: pg.Client; readonly gone: Promise<void> }
type Options = { url: string; channel: string; onNotify: (payload: string) => void; log: DbLog }

async function connect({ url, channel, onNotify, log }: Options): Promise<Connection> {
  const client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 15_000 })
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  client.on('error', (error) => { log.warn({ err: error, channel }, 'listening connection lost'); resolve() })
  client.on('end', resolve)
  client.on('notification', (message) => { if (message.channel === channel) onNotify(message.payload ?? '') })
  await client.connect()
  try {
    await client.query(`listen ${channel}`)
  } catch (error) {
    await client.end()
    throw error
  }
  return { client, gone }
}

/**
 * LISTEN on a connection of its own, kept until `close`. A lost connection comes back with back-off (50 ms to 5 s).
 * Resolves once the first LISTEN is in force; throws when that fails. After each reconnect `onNotify('')` is called, because
 * notifications may have been missed meanwhile.
 */
export async function listenOn(options: Options): Promise<Listening> {
  if (!CHANNEL.test(options.channel)) throw new Error(`not a channel name: ${options.channel}`)
  const stopping = new AbortController()
  let connection = await connect(options)

  async function reconnect(): Promise<Connection | undefined> {
    for (let wait = 50; !stopping.signal.aborted; wait = Math.min(wait * 2, MAX_BACKOFF_MS)) {
      await delay(wait, undefined, { signal: stopping.signal }).catch(() => { /* closed while waiting: the loop's condition ends it */ })
      if (stopping.signal.aborted) return undefined
      try {
        return await connect(options)
      } catch (error) {
        options.log.warn({ err: error, channel: options.channel }, 'listening connection could not be restored yet')
      }
    }
    return undefined
  }

  async function keep(): Promise<void> {
    while (!stopping.signal.aborted) {
      await connection.gone
      const next = await reconnect()
      if (!next) return
      connection = next
      if (stopping.signal.aborted) await next.client.end()
      else options.onNotify('')
    }
  }
  const kept = keep()
  return {
    async close() {
      if (stopping.signal.aborted) return kept
      stopping.abort()
      await connection.client.end()
      await kept
    },
  }
}
