import pg from 'pg'
import { inLoadOrder, listForeignKeys, listTables, type Table } from '../backup/catalog.ts'
import { BackupError, connectPastPolicies, quoted } from '../backup/connection.ts'
import { batches, sizeOfRow, takeView, type NamedBlob, type Row, type SnapshotFacts } from '../backup/snapshot.ts'
import { carried, leftBehind } from './tables.ts'

export type OrgTable = Table & {
  /** Columns that name a row. */
  readonly key: readonly string[]
}

/** All that goes along with one organization, as it was at one moment. Exists as long as its connection. */
export type OrgSnapshot = {
  readonly facts: Pick<SnapshotFacts, 'takenAt' | 'postgres' | 'migrations' | 'feedReached'>
  /** Parents before children. */
  readonly tables: readonly OrgTable[]
  /** Always in the same order, in batches of up to 4 MB. One table at a time. */
  rows(table: OrgTable): AsyncIterable<readonly Row[]>
  /** The blobs that rows name, each once. */
  namedBlobs(): AsyncIterable<readonly NamedBlob[]>
  /** Of each seal of the audit its hash, and what the key of the place made of it. */
  seals(): AsyncIterable<{ number: string; hash: Buffer; mac: Buffer }>
  close(): Promise<void>
}

export type OrgName = { readonly id: string; readonly slug: string; readonly name: string; readonly status: string }

/**
 * Every organization there is; none in a database without tables.
 * @param url a superuser's, or of an owner with BYPASSRLS
 */
export async function listOrgNames(url: string): Promise<OrgName[]> {
  const client = await connectPastPolicies(url)
  try {
    const { rows: [there] } = await client.query<{ table: boolean }>(`select to_regclass('public.org') is not null as table`)
    if (there?.table !== true) return []
    const { rows } = await client.query<OrgName>('select id::text, slug, name, status from public.org order by slug')
    return rows
  } finally {
    await client.end()
  }
}

/** What an organization that is loaded has to keep clear of. */
export type Surroundings = {
  /** The highest number of an audit row, and a place in the feed behind all that was given out; 0 in a database without tables. */
  readonly lastAudit: bigint
  readonly reached: bigint
  /** Of these accounts those that are there, by their id or their address. */
  readonly accounts: readonly { readonly id: string; readonly email: string }[]
}

/** @param url a superuser's, or of an owner with BYPASSRLS */
export async function surveySurroundings(url: string, accounts: Surroundings['accounts']): Promise<Surroundings> {
  const client = await connectPastPolicies(url)
  try {
    const { rows: [there] } = await client.query<{ table: boolean }>(`select to_regclass('public.org') is not null as table`)
    if (there?.table !== true) return { lastAudit: 0n, reached: 0n, accounts: [] }
    const { rows: [row] } = await client.query<{ last: string; reached: string }>('select coalesce(max(id), 0)::text as last, app.feed_xid()::text as reached from audit')
    const { rows: found } = await client.query<{ id: string; email: string }>(
      'select id::text, email from user_account where id = any ($1::uuid[]) or lower(email) = any ($2::text[]) order by email',
      [accounts.map(({ id }) => id), accounts.map(({ email }) => email.toLowerCase())])
    return { lastAudit: BigInt(row?.last ?? 0), reached: BigInt(row?.reached ?? 0), accounts: found }
  } finally {
    await client.end()
  }
}

/**
 * Takes one repeatable-read view of what an organization is made of. On the embedded database everybody else waits until it is closed.
 * @param of a superuser's address, or of an owner with BYPASSRLS; and the organization's id
 */
export function takeOrgSnapshot(of: { url: string; orgId: string }): Promise<OrgSnapshot> {
  const org = `${pg.escapeLiteral(of.orgId)}::uuid`
  return takeView(of.url, async ({ client, facts, close }) => {
    const tables = inLoadOrder(await listOrgTables(client), await listForeignKeys(client))
    return {
      facts, tables, close,
      rows: (table) => batches(client, statements(table, org)),
      async *namedBlobs() {
        const from = `from document_version where org_id = ${org} group by sha256 order by sha256 collate "C"`
        for await (const rows of batches(client, { rows: `select sha256, max(size) ${from}`, sizes: `select 80 ${from}` })) {
          yield rows.map(([sha256, size]) => ({ orgId: of.orgId, sha256: sha256 ?? '', size: Number(size) }))
        }
      },
      async *seals() {
        const rest = `from audit_seal where org_id = ${org} order by number`
        for await (const rows of batches(client, { rows: `select number, hash, mac ${rest}`, sizes: `select 80 ${rest}` })) {
          yield* rows.map(([number, hash, mac]) => ({ number: number ?? '', hash: bytesOf(hash), mac: bytesOf(mac) }))
        }
      },
    }
  })
}

/** As Postgres writes bytes: `\\x` and hexadecimal digits. */
const bytesOf = (value: string | null | undefined): Buffer => Buffer.from((value ?? '').slice(2), 'hex')

function statements(table: OrgTable, org: string): { rows: string; sizes: string } {
  const rule = carried[table.name]
  const textual = new Set(table.columns.filter(({ type }) => type === 'text').map(({ name }) => name))
  // By bytes, so that two databases with other languages agree.
  const order = rule?.order ?? table.key.map((name) => `${quoted(name)}${textual.has(name) ? ' collate "C"' : ''}`).join(', ')
  const rest = `from ${quoted(table.name)} where ${(rule?.where ?? 'org_id = $org').replaceAll('$org', () => org)} order by ${order}`
  return { rows: `select ${table.columns.map(({ name }) => quoted(name)).join(', ')} ${rest}`, sizes: `select ${sizeOfRow(table.columns)} ${rest}` }
}

/** The tables of `carried` as this database has them, without what stays behind. */
async function listOrgTables(client: pg.Client): Promise<OrgTable[]> {
  await assertOrgTables(client)
  const { rows } = await client.query<{ name: string; key: string[] }>(`
    select c.relname as name, array_agg(a.attname::text order by array_position(k.conkey, a.attnum)) as key
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum = any (k.conkey)
    where n.nspname = 'public' and k.contype = 'p' group by c.relname`)
  const keys = new Map(rows.map(({ name, key }) => [name, key]))
  return (await listTables(client)).filter(({ name }) => carried[name] !== undefined).map(({ name, columns }) => {
    const without = new Set(carried[name]?.without)
    return { name, columns: columns.filter((column) => !without.has(column.name)), key: keys.get(name) ?? [] }
  })
}

/** @throws BackupError when nobody decided whether the rows of a table go along: an export must not be without them in silence */
export async function assertOrgTables(client: Pick<pg.Client, 'query'>): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select name from app.tenant_tables() order by name')
  const undecided = rows.map(({ name }) => name).filter((name) => carried[name] === undefined && leftBehind[name] === undefined)
  if (undecided.length > 0) throw new BackupError(`It is not known whether these tables belong to an export: ${undecided.join(', ')}.`)
}
