import type { PassagesMade, Tx } from '@intellidocs/kernel'
import { CHUNKER } from './chunking.ts'
import type { NewPassage, PassageVector } from './search.types.ts'

export type VersionRef = { readonly orgId: string; readonly documentId: string; readonly versionId: string }
export type StoredPassage = { readonly id: string; readonly versionId: string; readonly page: number; readonly text: string; readonly heading: string | null; readonly config: string }
export type PassageWords = { readonly id: string; readonly config: string; readonly title: string; readonly titlePlain: string; readonly words: string; readonly plainWords: string }

/** A vector of the passage with this ordinal. */
export type PlacedVector = PassageVector & { readonly ordinal: number }

/** Ordinals `from` to `to`, both included. */
export type Place = { readonly from: number; readonly to: number }
export const LAST_PLACE = Number.MAX_SAFE_INTEGER

/** Writes the passages of a tenant's versions, their words and their vectors. */
export const passagesRepository = {
  /**
   * Locks the version against a second try and tells the document's present name; null when the version is no longer being processed
   * at this attempt. The locks last until the transaction ends. The document is locked first, as everywhere: its passages will refer to
   * it, and whoever publishes or purges holds the document while it waits for the version. A rename waits too, or its retitling could come
   * before these passages are to be seen, which would keep the old name for ever.
   */
  async claimVersion(tx: Tx, version: VersionRef, attempt: number): Promise<{ name: string } | null> {
    const [document] = await tx.$queryRaw<{ name: string }[]>`
      select name from document where org_id = ${version.orgId}::uuid and id = ${version.documentId}::uuid for share`
    if (document === undefined) return null
    const claimed = await tx.$queryRaw<{ id: string }[]>`
      select id from document_version
      where org_id = ${version.orgId}::uuid and id = ${version.versionId}::uuid and document_id = ${version.documentId}::uuid
        and attempt = ${attempt}::int and state in ('queued', 'processing')
      for no key update`
    return claimed.length === 0 ? null : document
  },

  /** The heading's text: how the version's first passage begins, when it stands on page 1. */
  async firstPassage(tx: Tx, versionId: string): Promise<string | null> {
    const [row] = await tx.$queryRaw<{ text: string }[]>`
      select text from passage where version_id = ${versionId}::uuid and page = 1 order by ordinal limit 1`
    return row?.text ?? null
  },

  /** Removes a version's passages, all or those of the ordinals `from` to `to`. */
  async removeVersion(tx: Tx, versionId: string, place: Place | null): Promise<void> {
    const { from, to } = place ?? { from: 0, to: LAST_PLACE }
    const ids = await tx.$queryRaw<{ id: string }[]>`
      select id::text id from passage where version_id = ${versionId}::uuid and ordinal between ${String(from)}::bigint and ${String(to)}::bigint`
    await passagesRepository.remove(tx, ids.map((r) => r.id))
  },

  /** Removes passages with their words and their vectors. */
  async remove(tx: Tx, list: readonly string[]): Promise<void> {
    if (list.length === 0) return
    await tx.$executeRaw`delete from passage_keyword where passage_id = any(${[...list]}::text[]::bigint[])`
    await tx.$executeRaw`delete from passage_vector where org_id = (select app.org_id()) and passage_id = any(${[...list]}::text[]::bigint[])`
    await tx.$executeRaw`delete from passage where id = any(${[...list]}::text[]::bigint[])`
  },

  /** One statement for passages, words and vectors: whoever has the one has the others. */
  async insert(tx: Tx, version: VersionRef, content: {
    passages: readonly NewPassage[]; vectors: readonly PlacedVector[]; language: string | null; config: string; title: { words: string; plainWords: string }
  }): Promise<void> {
    if (content.passages.length === 0) return
    const { config, title } = content
    await tx.$executeRaw`
      with input as (
        select * from json_to_recordset(${JSON.stringify(content.passages)}::json) as i(ordinal bigint, page int, start int, "end" int, text text,
          heading text, words text, "plainWords" text)
      ), vectors as (
        select * from json_to_recordset(${JSON.stringify(content.vectors)}::json) as v(ordinal bigint, model text, "inLanguage" boolean, vector text, dimensions smallint)
      ), stored as (
        insert into passage (org_id, document_id, version_id, ordinal, page, char_start, char_end, text, heading, language, chunker)
        select ${version.orgId}::uuid, ${version.documentId}::uuid, ${version.versionId}::uuid, ordinal, page, start, "end", text, heading, ${content.language}, ${CHUNKER}
        from input order by ordinal returning id, ordinal
      ), words as (
        insert into passage_keyword (passage_id, org_id, document_id, version_id, config, tsv, dl)
        select s.id, ${version.orgId}::uuid, ${version.documentId}::uuid, ${version.versionId}::uuid, ${config},
          t.tsv || to_tsvector(${config}::text::regconfig, ${title.plainWords} || ' ' || i."plainWords"), length(t.tsv)
        from stored s join input i using (ordinal)
        cross join lateral (select to_tsvector(${config}::text::regconfig, ${title.words} || ' ' || i.words) tsv) t
      )
      insert into passage_vector (org_id, passage_id, document_id, version_id, model, in_language, dimensions, embedding)
      select ${version.orgId}::uuid, s.id, ${version.documentId}::uuid, ${version.versionId}::uuid, v.model, v."inLanguage", v.dimensions, v.vector::halfvec
      from stored s join vectors v using (ordinal)`
  },

  /** Versions of a document that hold passages and may lose them: of all versions, or only those older than `keepVersionId`. */
  async indexedVersions(tx: Tx, documentId: string, keepVersionId: string | null): Promise<string[]> {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      select distinct p.version_id::text id from passage p
      left join document_version v on v.org_id = p.org_id and v.id = p.version_id
      where p.org_id = (select app.org_id()) and p.document_id = ${documentId}::uuid and (${keepVersionId}::uuid is null
        or (p.version_id <> ${keepVersionId}::uuid
          and coalesce(v.number, 0) < (select k.number from document_version k where k.id = ${keepVersionId}::uuid and k.document_id = ${documentId}::uuid)))`
    return rows.map((r) => r.id)
  },

  /** How the passages of pages `from` to `to` were made. */
  made(tx: Tx, { versionId, from, to }: { versionId: string; from: number; to: number }): Promise<PassagesMade[]> {
    return tx.$queryRaw<PassagesMade[]>`
      select p.page, count(distinct p.id)::int as count, max(p.chunker) as chunker, max(greatest(p.made_at, v.made_at)) as at,
        coalesce(array_agg(distinct v.model order by v.model) filter (where v.model is not null), '{}') as models
      from passage p left join passage_vector v on v.org_id = p.org_id and v.passage_id = p.id
      where p.org_id = (select app.org_id()) and p.version_id = ${versionId}::uuid and p.page between ${from}::int and ${to}::int
      group by p.page`
  },

  /** The present name, which stays so until the transaction ends: a later rename, and its retitling, come behind what is written with this one. */
  async holdName(tx: Tx, documentId: string): Promise<string | null> {
    const [row] = await tx.$queryRaw<{ name: string }[]>`
      select name from document where org_id = (select app.org_id()) and id = ${documentId}::uuid for share`
    return row?.name ?? null
  },

  /** A document's passages in the order of their ids, at most `limit` after `after`. */
  async storedPassages(tx: Tx, documentId: string, page: { after: string; limit: number }): Promise<StoredPassage[]> {
    return tx.$queryRaw<StoredPassage[]>`
      select p.id::text id, p.version_id::text "versionId", p.page, p.text, p.heading, k.config
      from passage p join passage_keyword k on k.passage_id = p.id
      where p.org_id = (select app.org_id()) and p.document_id = ${documentId}::uuid and p.id > ${page.after}::bigint
      order by p.id limit ${page.limit}::int`
  },

  /** Writes the words of passages anew, under another title. */
  async rewriteWords(tx: Tx, passages: readonly PassageWords[]): Promise<void> {
    await tx.$executeRaw`
      update passage_keyword k set dl = length(t.tsv),
        tsv = t.tsv || to_tsvector(i.config::regconfig, i."titlePlain" || ' ' || i."plainWords")
      from json_to_recordset(${JSON.stringify(passages)}::json) as i(id bigint, config text, title text, "titlePlain" text, words text, "plainWords" text)
      cross join lateral (select to_tsvector(i.config::regconfig, i.title || ' ' || i.words) tsv) t
      where k.passage_id = i.id and k.org_id = (select app.org_id())`
  },

  /** Adds waiting deltas to the word statistics of all organizations; how many. Runs as the system. */
  async fold(tx: Tx, limit: number): Promise<number> {
    const [row] = await tx.$queryRaw<{ folded: number }[]>`select app.keyword_fold(${limit}::int) folded`
    return row?.folded ?? 0
  },
}
