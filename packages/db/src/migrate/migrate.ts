import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { DbLog } from '../postgres/log.ts'
import { readMigrations, type Migration } from './migrations.ts'
import { BE_OURSELVES, BECOME_OUR_ROLES, seeingAllRows } from './owner-rights.ts'

/** Any number, the same for every release: what two migrators of one database meet on. */
const LOCK_KEY = 7_041_776_230
const HISTORY = `create table if not exists public._prisma_migrations (
  id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
  logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count int not null default 0)`

export class MigrationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'MigrationError'
  }
}

type Applied = { migration_name: string; checksum: string; finished: boolean }

/** The first migration that is still to be applied. Refuses a history that is not a beginning of ours. */
export function nextMigration(all: readonly Migration[], applied: readonly Applied[]): Migration | undefined {
  const known = new Map(all.map((migration) => [migration.name, migration]))
  for (const row of applied) {
    const migration = known.get(row.migration_name)
    const name = `migration ${row.migration_name}`
    if (!row.finished) throw new MigrationError(`${name} was begun by another tool and never finished: repair it by hand`)
    if (!migration) throw new MigrationError(`the database has ${name}, which this release does not know: it is too old for it`)
    if (migration.checksum !== row.checksum) throw new MigrationError(`${name} was edited after it had been applied`)
  }
  const done = new Set(applied.map((row) => row.migration_name))
  const next = all.findIndex((migration) => !done.has(migration.name))
  const late = next < 0 ? undefined : all.slice(next).find((migration) => done.has(migration.name))
  if (late) throw new MigrationError(`migration ${all[next]?.name} comes before ${late.name}, which is already applied`)
  return all[next]
}

/**
 * Applies what is missing, each migration in one transaction together with its row in `_prisma_migrations`: it is there as a whole or not at
 * all, and a failed one can simply be run again. The table is Prisma's own (same columns, same checksums), so Prisma's tools read it; the
 * applying is ours because Prisma's wasm engine splits scripts and leaves a half-applied migration behind when one fails.
 * Two migrators at once: the second waits for the first, transaction by transaction, and finds the work done. (On the embedded database the
 * open transaction itself is what the second one waits for.)
 *
 * @param options.url a login that may create roles and owns the database; it need not be a superuser
 * @param options.upTo the name of the last migration to apply; default: all
 * @returns the names of the migrations that were applied by this call
 * @throws MigrationError naming the migration
 */
export async function migrate(options: { url: string; log: DbLog; dir?: string; upTo?: string | undefined }): Promise<{ applied: string[] }> {
  const { upTo } = options
  const all = (await readMigrations(options.dir)).filter(({ name }) => upTo === undefined || name <= upTo)
  const client = new pg.Client({ connectionString: options.url })
  client.on('error', () => { /* the query that was running is rejected with the same error */ })
  await client.connect()
  const applied: string[] = []
  try {
    await locked(client, BECOME_OUR_ROLES)
    for (;;) {
      const name = await step(client, all)
      if (name === undefined) {
        await locked(client, BE_OURSELVES)
        return { applied }
      }
      options.log.info({ migration: name }, 'migration applied')
      applied.push(name)
    }
  } finally {
    await client.end()
  }
}

/** Two migrators at once would change the same grants. */
async function locked(client: pg.Client, sql: string): Promise<void> {
  await client.query(`begin; select pg_advisory_xact_lock(${LOCK_KEY}); ${sql}; commit`)
}

async function step(client: pg.Client, all: readonly Migration[]): Promise<string | undefined> {
  await client.query('begin')
  try {
    await client.query(`select pg_advisory_xact_lock(${LOCK_KEY})`)
    await client.query(HISTORY)
    const { rows } = await client.query<Applied>(`select migration_name, checksum, finished_at is not null as finished
      from public._prisma_migrations where rolled_back_at is null order by migration_name`)
    const migration = nextMigration(all, rows)
    if (migration) await apply(client, migration)
    await client.query('commit')
    return migration?.name
  } catch (error) {
    // The first error is the one to tell; a connection that cannot roll back is closed by the caller.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await seeingAllRows(client, async () => { await client.query(migration.sql) })
  } catch (error) {
    throw new MigrationError(`migration ${migration.name} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  await client.query(`insert into public._prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
    values ($1, $2, $3, clock_timestamp(), 1)`, [randomUUID(), migration.checksum, migration.name])
}
