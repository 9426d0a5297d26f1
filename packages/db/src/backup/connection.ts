import pg from 'pg'

/** The backup or restore cannot be done, and the sentence says why. */
export class BackupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BackupError'
  }
}

/**
 * Only for the transaction that it begins: on the embedded database all connections share one session. With row_security off a statement that
 * a policy would narrow fails instead of answering with fewer rows. The rest makes text of values, and values of text, without loss.
 */
const SETTINGS = `set local row_security = off; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;
  set local lock_timeout = '10s'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres'; set local timezone = 'UTC';
  set local bytea_output = 'hex'; set local extra_float_digits = 1; set local search_path = public`

/**
 * A connection past row-level security.
 * @throws BackupError unless the login sees every row, whatever the policies say
 */
export async function connectPastPolicies(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 15_000 })
  client.on('error', () => { /* the query that was running is rejected with the same error */ })
  await client.connect()
  try {
    const { rows } = await client.query<{ past: boolean; name: string }>(
      'select rolsuper or rolbypassrls as past, rolname as name from pg_catalog.pg_roles where rolname = current_user')
    if (rows[0]?.past !== true) {
      throw new BackupError(`The database login ${rows[0]?.name} may not see all organizations. `
        + 'Put the address of a superuser, or of an owner with BYPASSRLS, into DATABASE_ADMIN_URL.')
    }
    return client
  } catch (error) {
    await client.end()
    throw error
  }
}

export const begin = (client: pg.Client, mode: string): Promise<unknown> => client.query(`begin ${mode}; ${SETTINGS}`)

export const quoted = (name: string): string => pg.escapeIdentifier(name)
