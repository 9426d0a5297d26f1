import type pg from 'pg'
import type { Migration } from '../migrate/migrations.ts'
import { BackupError, quoted } from './connection.ts'
import type { SnapshotFacts } from './snapshot.ts'

type Migrations = SnapshotFacts['migrations']

/** @throws BackupError unless the backup's migrations are a beginning of ours */
export function assertKnownMigrations(backup: Migrations, known: readonly Migration[]): void {
  for (const [at, { name, checksum }] of backup.entries()) {
    if (known[at]?.name !== name) {
      throw new BackupError(`The backup was made by another release (migration ${name}): restore it with that release or a newer one.`)
    }
    if (known[at].checksum !== checksum) throw new BackupError(`Migration ${name} is not the same in this release as in the backup's.`)
  }
}

/**
 * To be asked inside a transaction of `begin`. Only reads.
 * @throws BackupError when anything of a product is in the database, when others are connected to it, or when it is migrated further than the backup
 */
export async function assertEmpty(client: pg.Client, backup: Migrations): Promise<void> {
  await assertAlone(client)
  await assertNotAhead(client, backup)
  await assertNoRows(client)
}

/**
 * The same, where an organization is to be loaded beside others.
 * @throws BackupError when others are connected to the database, or when its migrations are not those of the backup
 */
export async function assertSameLevel(client: pg.Client, backup: Migrations): Promise<void> {
  await assertAlone(client)
  await assertNotAhead(client, backup)
  const { rows: [there] } = await client.query<{ n: number }>('select count(*)::int as n from public._prisma_migrations where rolled_back_at is null')
  if (there?.n !== backup.length) throw new BackupError('The database is of an older release than the export: start the newer one there once, stop it, and import then.')
}

async function assertAlone(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`)
  const others = rows[0]?.n ?? 0
  if (others > 0) throw new BackupError(`The database is in use by others (connections: ${others}): stop the product, then restore.`)
}

async function assertNotAhead(client: pg.Client, backup: Migrations): Promise<void> {
  const { rows: [there] } = await client.query<{ history: boolean }>(`select to_regclass('public._prisma_migrations') is not null as history`)
  if (there?.history !== true) return
  const { rows } = await client.query<{ name: string }>(
    'select migration_name as name from public._prisma_migrations where rolled_back_at is null order by migration_name')
  const ahead = rows.find(({ name }) => !backup.some((migration) => migration.name === name))
  if (ahead) {
    throw new BackupError(`The database has migration ${ahead.name}, which is newer than the backup: `
      + 'restore into a database without tables; it is migrated afterwards.')
  }
}

/** Tables of tenants, tenants and accounts: what migrations themselves put into other tables does not count. */
async function assertNoRows(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and (c.relname in ('org', 'user_account')
      or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped)) order by 1`)
  for (const { name } of rows) {
    const { rows: [found] } = await client.query<{ filled: boolean }>(`select exists (select from public.${quoted(name)}) as filled`)
    if (found?.filled === true) throw new BackupError(`The database is not empty (table ${name}): a restore never overwrites. Use an empty database.`)
  }
}

const MARK = 'A restore into this database was begun and not finished'

/** Said in the catalog, where every login can read it. The mark falls in the transaction that loads everything. */
export const markUnfinished = (client: pg.Client): Promise<unknown> => client.query(`comment on schema app is '${MARK}'`)
export const clearUnfinished = (client: pg.Client): Promise<unknown> => client.query('comment on schema app is null')

/** @throws Error when a restore into this database did not come to its end */
export async function assertFinished(client: Pick<pg.Pool, 'query'>): Promise<void> {
  const { rows } = await client.query<{ said: string | null }>(`select obj_description(to_regnamespace('app'), 'pg_namespace') as said`)
  if (rows[0]?.said === MARK) throw new Error(`${MARK}: run it again, or use another database`)
}
