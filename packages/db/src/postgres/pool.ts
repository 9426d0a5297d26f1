import pg from 'pg'
import type { DbLog } from './log.ts'

/** What a server turned out to be when first asked. */
export type Server = {
  /** PGlite: one backend session behind all connections, everybody is superuser, no pipelining, no named statements. */
  readonly embedded: boolean
  /** Sent once on each new connection; undefined where the URL's own user has no rights already. */
  readonly becomePowerless: string | undefined
}

export const LOGIN_ROLE = 'app_login'
/** How long a unit waits for a connection, milliseconds. The embedded database runs one unit at a time, so this is long. */
export const MAX_WAIT_MS = 15_000

/**
 * Asks the server who it is and who we are. Row-level security binds neither superusers nor owners of BYPASSRLS, and a statement
 * that escapes its transaction must find no rights at all: so unless the URL names `app_login`, each connection gives its rights up.
 * @throws Error when the roles are missing (not migrated) or this user may not become `app_login`
 */
export async function probe(url: string): Promise<Server> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: MAX_WAIT_MS })
  client.on('error', () => { /* the pending query below is rejected with the same error */ })
  await client.connect()
  try {
    const { rows } = await client.query<{ version: string; session: string; superuser: boolean; login: boolean }>(`
      select version() as version, session_user::text as session,
        (select rolsuper from pg_catalog.pg_roles where rolname = session_user) as superuser,
        exists (select from pg_catalog.pg_roles where rolname = '${LOGIN_ROLE}') as login`)
    const row = rows[0]
    if (!row) throw new Error('the database did not answer')
    if (/emscripten|wasm/i.test(row.version)) return { embedded: true, becomePowerless: undefined }
    if (!row.login) throw new Error(`the database has no role ${LOGIN_ROLE}: run the migrations first (npm run db:migrate)`)
    if (row.session === LOGIN_ROLE) return { embedded: false, becomePowerless: undefined }
    return { embedded: false, becomePowerless: row.superuser ? `set session authorization ${LOGIN_ROLE}` : `set role ${LOGIN_ROLE}` }
  } finally {
    await client.end()
  }
}

/** `settings`: names and literals, set once on each new connection and kept by it. */
export type PoolOptions = { maxConnections: number; pipeline: boolean; log: DbLog; settings?: readonly (readonly [name: string, value: string])[] }

/**
 * A pool of powerless connections. `pipeline`: queries leave without waiting for the answer to the one before; pg then takes no query classes
 * of others, which is why units and reads have a pool each.
 * A checked-out client whose connection dies emits `error` on itself and would end the process, hence the listener on each.
 */
export function createPool(url: string, server: Server, options: PoolOptions): pg.Pool {
  const { becomePowerless } = server
  const settings = (options.settings ?? []).map(([name, value]) => `set ${name} = ${value}`)
  const first = [...(becomePowerless === undefined ? [] : [becomePowerless]), ...settings].join(';')
  const pool = new pg.Pool({
    connectionString: url,
    max: options.maxConnections,
    pipeline: options.pipeline,
    connectionTimeoutMillis: MAX_WAIT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    ...(first === '' ? {} : { onConnect: async (client: pg.ClientBase) => { await client.query(first) } }),
  })
  const lost = (error: Error): void => {
    Reflect.deleteProperty(error, 'client') // pg-pool hangs the whole client on it, its settings included
    options.log.warn({ err: error }, 'database connection lost')
  }
  pool.on('error', lost)
  pool.on('connect', (client) => client.on('error', lost))
  return pool
}

/** Whether row-level security does not bind the login itself: a connection that gave its rights up could take them back. */
export async function isPrivileged(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: MAX_WAIT_MS })
  client.on('error', () => { /* the pending query below is rejected with the same error */ })
  await client.connect()
  try {
    const { rows } = await client.query<{ privileged: boolean }>(
      'select rolsuper or rolbypassrls as privileged from pg_catalog.pg_roles where rolname = session_user')
    return rows[0]?.privileged !== false
  } finally {
    await client.end()
  }
}
