import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type pg from 'pg'
import type { Problem } from './rules.ts'

const LIST = fileURLToPath(new URL('../../../../prisma/hand-written-indexes.txt', import.meta.url))

/** The committed list: one index a line, as Postgres describes it. */
export async function readIndexList(path: string = LIST): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

/** Indexes that Prisma's schema cannot describe: partial, on expressions, or not a B-tree. Its engine would not miss them. */
export async function handWrittenIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ definition: string }>(`
    select pg_get_indexdef(i.indexrelid) as definition from pg_index i
    join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace join pg_am m on m.oid = c.relam
    where n.nspname = 'public' and (i.indpred is not null or i.indexprs is not null or m.amname <> 'btree')
    order by c.relname collate "C"`)
  return rows.map((row) => row.definition)
}

/** Both ways: a listed index that is missing or different, and one that nobody listed. */
export function compareIndexes(listed: readonly string[], found: readonly string[]): Problem[] {
  return [
    ...listed.filter((definition) => !found.includes(definition)).map((object) => ({ rule: 'index-missing', object })),
    ...found.filter((definition) => !listed.includes(definition)).map((object) => ({ rule: 'index-not-listed', object })),
  ]
}
