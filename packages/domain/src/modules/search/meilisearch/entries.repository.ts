import type { OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

/** What waits to be written: the newest change of a document. */
export type DueWrite = { readonly orgId: OrgId; readonly documentId: string; readonly version: number; readonly words: boolean; readonly tries: number }
export type IndexState = {
  readonly state: 'wanted' | 'filling' | 'swapping' | 'kept'
  /** There is an index that holds everything. */
  readonly serves: boolean
  readonly fillOrg: string | null
  readonly fillDocument: string | null
}
export type BuildingProgress = { readonly state: IndexState['state']; readonly done: number; readonly total: number }
export type DocumentPlace = { readonly orgId: OrgId; readonly documentId: string }
/** What search may show of a document, as it is now; of one that is trashed, or that a scanner has, nobody reads anything. */
export type Readable = { readonly documentId: string; readonly versionId: string; readonly readers: readonly string[] }

export type StoredStems = { readonly id: string; readonly stems: readonly string[] }

/** What the index was not told yet and who writes it, by the system; what it should hold, within a tenant. */
export const entriesRepository = {
  /** From now on changes are noted. */
  async begin(tx: Tx): Promise<void> {
    await tx.$executeRaw`insert into keyword_index default values on conflict do nothing`
  },

  /** How far the building is, in documents; `kept`: nothing is built. Null where there never was such an index. */
  async progress(tx: Tx): Promise<BuildingProgress | null> {
    const [row] = await tx.$queryRaw<BuildingProgress[]>`
      select state, (select count(*) from document)::int total, (select count(*) from document where state = 'swapping' or (org_id, id) <= (fill_org, fill_document))::int done
      from keyword_index`
    return row ?? null
  },

  /** The index is to be built anew; what is being built is left. */
  async want(tx: Tx): Promise<void> {
    await tx.$executeRaw`update keyword_index set state = 'wanted', fill_org = null, fill_document = null`
  },

  /** Makes `writer` the only one who writes for so long, or prolongs it; null while somebody else is. */
  async take(tx: Tx, { writer, seconds }: { writer: string; seconds: number }): Promise<IndexState | null> {
    const [row] = await tx.$queryRaw<IndexState[]>`
      update keyword_index set writer = ${writer}::uuid, writes_until = now() + make_interval(secs => ${seconds}::int)
      where writer = ${writer}::uuid or writes_until < now()
      returning state, serves, fill_org::text "fillOrg", fill_document::text "fillDocument"`
    return row ?? null
  },

  async release(tx: Tx, writer: string): Promise<void> {
    await tx.$executeRaw`update keyword_index set writes_until = '-infinity' where writer = ${writer}::uuid`
  },

  /** False when somebody asked for another building meanwhile. */
  async set(tx: Tx, from: IndexState, to: IndexState): Promise<boolean> {
    return await tx.$executeRaw`
      update keyword_index set state = ${to.state}, serves = ${to.serves}, fill_org = ${to.fillOrg}::uuid, fill_document = ${to.fillDocument}::uuid
      where state = ${from.state}` === 1
  },

  /** What is due, oldest change first. */
  async due(tx: Tx, limit: number): Promise<DueWrite[]> {
    const rows = await tx.$queryRaw<(Omit<DueWrite, 'version'> & { version: bigint })[]>`
      select tenant::text "orgId", document::text "documentId", version, words, tries from keyword_write where due_at <= now() order by version limit ${limit}::int`
    return rows.map((row) => ({ ...row, version: Number(row.version) }))
  },

  /** Forgets what was written, unless it changed since. */
  async written(tx: Tx, writes: readonly DueWrite[]): Promise<void> {
    await tx.$executeRaw`
      delete from keyword_write w using json_to_recordset(${JSON.stringify(writes)}::json) as d("orgId" uuid, "documentId" uuid, version bigint)
      where w.tenant = d."orgId" and w.document = d."documentId" and w.version = d.version`
  },

  /** Whether there is an index that holds everything. */
  async serves(tx: Tx): Promise<boolean> {
    const [row] = await tx.$queryRaw<{ serves: boolean }[]>`select serves from keyword_index`
    return row?.serves === true
  },

  /** Of these documents those that wait to be written anyway. */
  async waitingAmong(tx: Tx, orgId: OrgId, documentIds: readonly string[]): Promise<string[]> {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      select document::text id from keyword_write where tenant = ${orgId}::uuid and document = any(${[...documentIds]}::text[]::uuid[])`
    return rows.map(({ id }) => id)
  },

  /** Has them written whole. */
  async ask(tx: Tx, orgId: OrgId, documentIds: readonly string[]): Promise<void> {
    await tx.$executeRaw`
      insert into keyword_write as w (tenant, document, words) select ${orgId}::uuid, d, true from unnest(${[...documentIds]}::text[]::uuid[]) d order by d
      on conflict (tenant, document) do update set version = nextval('keyword_write_version_seq'), words = true, tries = 0, due_at = now()`
  },

  /** Leaves a write for later: 20 s, twice as long each time, an hour at most. */
  async postpone(tx: Tx, { orgId, documentId, version }: DueWrite): Promise<void> {
    await tx.$executeRaw`
      update keyword_write set tries = tries + 1, due_at = now() + make_interval(secs => least(3600, 10 * 2 ^ least(tries + 1, 10))::int)
      where tenant = ${orgId}::uuid and document = ${documentId}::uuid and version = ${version}::bigint`
  },

  /** The next documents of all organizations. */
  async documentsAfter(tx: Tx, { fillOrg, fillDocument }: IndexState, limit: number): Promise<DocumentPlace[]> {
    return tx.$queryRaw<DocumentPlace[]>`
      select org_id::text "orgId", id::text "documentId" from document
      where ${fillOrg}::uuid is null or (org_id, id) > (${fillOrg}::uuid, ${fillDocument}::uuid) order by org_id, id limit ${limit}::int`
  },

  /** How many writes wait, and for how many seconds the oldest of them is due. */
  async waiting(tx: Tx): Promise<{ writes: number; seconds: number }> {
    const [row] = await tx.$queryRaw<{ writes: number; seconds: number }[]>`
      select count(*)::int writes, coalesce(extract(epoch from now() - min(due_at)), 0)::float8 seconds from keyword_write`
    return row ?? { writes: 0, seconds: 0 }
  },

  /** Those of the documents that are there. */
  async documentsAmong(tx: Tx, documentIds: readonly string[]): Promise<string[]> {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      select id::text id from document where org_id = (select app.org_id()) and id = any(${[...documentIds]}::text[]::uuid[])`
    return rows.map(({ id }) => id)
  },

  /** The next documents of the tenant. */
  async ownDocuments(tx: Tx, { after, limit }: { after: string; limit: number }): Promise<string[]> {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      select id::text id from document where org_id = (select app.org_id()) and (${after} = '' or id > nullif(${after}, '')::uuid) order by id limit ${limit}::int`
    return rows.map(({ id }) => id)
  },

  /** Of these documents those that are there and were published. */
  async readable(tx: Tx, documentIds: readonly string[]): Promise<Readable[]> {
    return tx.$queryRaw<Readable[]>`
      select d.id::text "documentId", v.id::text "versionId",
        case when d.lifecycle = 'active' and v.scan in ('none', 'clean') then array(select app.readers(d.org_id, d.id)) else '{}' end readers
      from document d join document_version v on v.org_id = d.org_id and v.id = d.published_version_id
      where d.org_id = (select app.org_id()) and d.id = any(${[...documentIds]}::text[]::uuid[]) order by d.id`
  },

  /** A version's passages with their stems in the order of the text, at most `limit` after `after`. */
  async passages(tx: Tx, versionId: string, { after, limit }: { after: string; limit: number }): Promise<StoredStems[]> {
    return tx.$queryRaw<StoredStems[]>`
      select k.passage_id::text id, array(select u.lexeme from unnest(k.tsv) u order by u.positions[1], u.lexeme) stems
      from passage_keyword k where k.org_id = (select app.org_id()) and k.version_id = ${versionId}::uuid and k.passage_id > ${after}::bigint
      order by k.passage_id limit ${limit}::int`
  },
}
