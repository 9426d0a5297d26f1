import type { Tx } from '@intellidocs/kernel'
import type { PassageWords, VersionRef } from '../passages.repository.ts'

/** A document and, where its shown version is ready, what that was read with. */
export type ComparedDocument = {
  readonly documentId: string; readonly unpublished: boolean
  readonly versionId: string | null; readonly attempt: number; readonly pages: number; readonly language: string | null; readonly mime: string | null
}
export type KeptPassage = {
  readonly id: string; readonly ordinal: number; readonly page: number; readonly start: number; readonly end: number; readonly text: string; readonly heading: string | null; readonly language: string | null
}
export type ReadyVersion = VersionRef & { readonly attempt: number }

const HEADING_CHARACTERS = 2_000

/** What search has of documents, compared with what they are; in a tenant unit. */
export const comparedRepository = {
  async documents(tx: Tx, { after, limit }: { after: string; limit: number }): Promise<ComparedDocument[]> {
    return tx.$queryRaw<ComparedDocument[]>`
      select d.id::text "documentId", coalesce(c.state = 'ready' and c.id is distinct from d.published_version_id, false) unpublished,
        v.id::text "versionId", coalesce(v.attempt, 0) attempt, coalesce(v.pages, 0) pages, v.language, v.mime
      from document d
      left join document_version c on c.org_id = d.org_id and c.id = d.current_version_id
      left join document_version v on v.org_id = d.org_id and v.id = d.published_version_id and v.state = 'ready'
      where d.org_id = (select app.org_id()) and (${after} = '' or d.id > nullif(${after}, '')::uuid) order by d.id limit ${limit}::int`
  },

  /** Passages of versions that are neither the present one nor shown. */
  async stalePassages(tx: Tx, documentId: string, limit: number): Promise<string[]> {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      select p.id::text id from document d join passage p on p.org_id = d.org_id and p.document_id = d.id
      where d.org_id = (select app.org_id()) and d.id = ${documentId}::uuid
        and p.version_id is distinct from d.published_version_id and p.version_id is distinct from d.current_version_id
      order by p.id limit ${limit}::int`
    return rows.map(({ id }) => id)
  },

  /** Words and vectors hang on the document and may outlive their passage; how many went. */
  async removeOrphans(tx: Tx, documentId: string): Promise<number> {
    const words = await tx.$executeRaw`
      delete from passage_keyword k where k.org_id = (select app.org_id()) and k.document_id = ${documentId}::uuid
        and not exists (select from passage p where p.org_id = k.org_id and p.id = k.passage_id)`
    return words + await tx.$executeRaw`
      delete from passage_vector k where k.org_id = (select app.org_id()) and k.document_id = ${documentId}::uuid
        and not exists (select from passage p where p.org_id = k.org_id and p.id = k.passage_id)`
  },

  /** The tags of the document once more, a row each; how many were missing or too many. */
  async healTags(tx: Tx, documentId: string): Promise<number> {
    const gone = await tx.$executeRaw`
      delete from document_tag t using document d
      where t.org_id = (select app.org_id()) and t.document_id = ${documentId}::uuid and d.org_id = t.org_id and d.id = t.document_id and t.tag <> all (d.tags)`
    return gone + await tx.$executeRaw`
      insert into document_tag (org_id, document_id, tag, created_at)
      select org_id, id, unnest(tags), created_at from document where org_id = (select app.org_id()) and id = ${documentId}::uuid on conflict do nothing`
  },

  async countPages(tx: Tx, { versionId, attempt }: ReadyVersion, pages: number): Promise<number> {
    const [row] = await tx.$queryRaw<{ count: number }[]>`
      select count(*)::int count from page where org_id = (select app.org_id()) and version_id = ${versionId}::uuid and attempt = ${attempt}::int and number between 1 and ${pages}::int`
    return row?.count ?? 0
  },

  async pages(tx: Tx, { versionId, attempt }: ReadyVersion, { from, to }: { from: number; to: number }): Promise<{ number: number; text: string }[]> {
    return tx.$queryRaw`
      select number, text from page
      where org_id = (select app.org_id()) and version_id = ${versionId}::uuid and attempt = ${attempt}::int and number between ${from}::int and ${to}::int order by number`
  },

  /** How the first page begins, where its heading stands. */
  async beginning(tx: Tx, { versionId, attempt }: ReadyVersion): Promise<string> {
    const [row] = await tx.$queryRaw<{ text: string }[]>`
      select left(text, ${HEADING_CHARACTERS}::int) as text from page
      where org_id = (select app.org_id()) and version_id = ${versionId}::uuid and attempt = ${attempt}::int and number = 1`
    return row?.text ?? ''
  },

  /**
   * Locks the document, then the version, as whoever indexes does, and tells the present name; null when this is not the version that search shows, ready at this attempt, any more.
   */
  async hold(tx: Tx, version: ReadyVersion): Promise<{ name: string } | null> {
    const [document] = await tx.$queryRaw<{ name: string }[]>`
      select name from document where org_id = ${version.orgId}::uuid and id = ${version.documentId}::uuid and published_version_id = ${version.versionId}::uuid for share`
    if (document === undefined) return null
    const held = await tx.$queryRaw<{ id: string }[]>`
      select id from document_version where org_id = ${version.orgId}::uuid and id = ${version.versionId}::uuid and attempt = ${version.attempt}::int and state = 'ready'
      for no key update`
    return held.length === 0 ? null : document
  },

  async passages(tx: Tx, versionId: string, { from, to }: { from: number; to: number }): Promise<KeptPassage[]> {
    return tx.$queryRaw<KeptPassage[]>`
      select id::text id, ordinal::float8 ordinal, page, char_start "start", char_end "end", text, heading, language from passage
      where org_id = (select app.org_id()) and version_id = ${versionId}::uuid and ordinal between ${String(from)}::bigint and ${String(to)}::bigint`
  },

  /** Writes the words of passages where they are missing or others; how many that were. What is right is not touched. */
  async healWords(tx: Tx, version: VersionRef, passages: readonly PassageWords[]): Promise<number> {
    return tx.$executeRaw`
      with right_words as materialized (
        select i.id, i.config, t.tsv || to_tsvector(i.config::regconfig, i."titlePlain" || ' ' || i."plainWords") tsv, length(t.tsv) dl
        from json_to_recordset(${JSON.stringify(passages)}::json) as i(id bigint, config text, title text, "titlePlain" text, words text, "plainWords" text)
        cross join lateral (select to_tsvector(i.config::regconfig, i.title || ' ' || i.words) tsv) t
      ), wrong as (
        select r.* from right_words r left join passage_keyword k on k.passage_id = r.id
        where (k.config, k.tsv, k.dl, k.document_id, k.version_id) is distinct from (r.config, r.tsv, r.dl, ${version.documentId}::uuid, ${version.versionId}::uuid)
      )
      insert into passage_keyword as k (passage_id, org_id, document_id, version_id, config, tsv, dl)
      select id, ${version.orgId}::uuid, ${version.documentId}::uuid, ${version.versionId}::uuid, config, tsv, dl from wrong
      on conflict (passage_id) do update
      set document_id = excluded.document_id, version_id = excluded.version_id, config = excluded.config, tsv = excluded.tsv, dl = excluded.dl`
  },
}
