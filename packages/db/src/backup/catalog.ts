import type pg from 'pg'
import { BackupError } from './connection.ts'

export type Column = { readonly name: string; readonly type: string }
export type Table = { readonly name: string; readonly columns: readonly Column[] }

/**
 * Not part of a backup: the history of migrations is made by migrating; sessions end with a restore, because one that was ended since
 * the backup would come to life again; a hold belongs to the backup that is running.
 */
const LEFT_OUT = ['_prisma_migrations', 'session', 'blob_hold']

/** Every table whose rows are the product's, with the columns that are not computed. A partitioned table stands for its parts. */
export async function listTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    select c.relname as name,
      json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> all ($1)
    group by c.relname order by c.relname`, [LEFT_OUT])
  return rows
}

export type Sequence = { readonly table: string; readonly column: string; readonly last: string | null }

/** Columns that count by themselves, and the last number each gave out; null before the first. */
export async function listSequences(client: pg.Client): Promise<Sequence[]> {
  const { rows } = await client.query<Sequence>(`
    select c.relname as table, a.attname as column, pg_sequence_last_value(s.name::regclass)::text as last
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    cross join lateral (select pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) as name) s
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> all ($1) and s.name is not null
    order by 1, 2`, [LEFT_OUT])
  return rows
}

export type ForeignKey = { readonly name: string; readonly child: string; readonly parent: string; readonly deferred: boolean }

export async function listForeignKeys(client: pg.Client): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(`
    select k.conname as name, child.relname as child, parent.relname as parent, k.condeferred as deferred
    from pg_constraint k join pg_class child on child.oid = k.conrelid join pg_class parent on parent.oid = k.confrelid
    join pg_namespace n on n.oid = child.relnamespace
    where n.nspname = 'public' and k.contype = 'f' and k.conparentid = 0 order by 1`)
  return rows
}

/** Parents before children. References of a table to itself, and those that are checked at the commit, do not count. */
export function inLoadOrder<T extends { readonly name: string }>(tables: readonly T[], keys: readonly ForeignKey[]): T[] {
  const left = new Map(tables.map((table) => [table.name, table]))
  const binding = keys.filter(({ child, parent, deferred }) => !deferred && child !== parent)
  const ordered: T[] = []
  while (left.size > 0) {
    const free = [...left.values()].filter(({ name }) => !binding.some(({ child, parent }) => child === name && left.has(parent)))
    if (free.length === 0) throw new BackupError(`These tables refer to each other in a circle: ${[...left.keys()].join(', ')}`)
    for (const table of free) {
      ordered.push(table)
      left.delete(table.name)
    }
  }
  return ordered
}
