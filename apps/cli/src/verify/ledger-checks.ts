import { SYSTEM_USER_ID } from '@intellidocs/contracts'
import type { Database, Tx } from '@intellidocs/db'
import { parsePosition } from '@intellidocs/kernel'
import type { Difference, DifferenceKind } from './checks.ts'
import { checkFlowLedger } from './flow-ledger-checks.ts'
import { purged, type Ledger, type Listening, type UploadTry } from './ledger.ts'
import type { PromisedFacts } from './report.ts'

export type LedgerFacts = PromisedFacts & { readonly differences: Difference[] }

type Stored = {
  id: string; documentId: string; sha256: string; size: bigint; state: string; lifecycle: string; published: boolean
}
type Hit = { word: string; documentId: string }

/** In one statement, each of which looks at all passages: so many end before the database's limit on a statement. */
const WORDS_AT_ONCE = 100

/** Compares what the clients of one organization were promised and told with what is there, as the application sees it. */
export async function checkLedger(database: Database, orgId: string, ledger: Ledger): Promise<LedgerFacts> {
  const unit = { kind: 'tenant', orgId, userId: SYSTEM_USER_ID, readOnly: true } as const
  const run = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => database.run(unit, work)
  const uploads = ledger.uploads.filter(({ org }) => org === orgId)
  const rows = await run((tx) => storedBy(tx, uploads))
  const words = uploads.flatMap(({ word }) => (word === null ? [] : [word]))
  const hits: Hit[] = []
  for (let at = 0; at < words.length; at += WORDS_AT_ONCE) hits.push(...await run((tx) => findWords(tx, words.slice(at, at + WORDS_AT_ONCE))))
  const indexed = new Set((await run((tx) => publishedPassages(tx, rows))).map(({ id }) => id))
  const differences: Difference[] = []
  const report = (kind: DifferenceKind, subject: string): void => void differences.push({ kind, orgId, subject })

  const gone = purged(ledger)
  const byVersion = new Map(rows.map((row) => [row.id, row]))
  let searchable = 0
  for (const upload of uploads) {
    const row = upload.ack === null ? undefined : byVersion.get(upload.ack.versionId)
    const fault = faultOf(upload, row, gone)
    if (fault !== null) report(fault, `upload ${upload.id}`)
    if (row?.state === 'queued' || row?.state === 'processing') report('stuck', `upload ${upload.id} (${row.state})`)
    if (row === undefined || fault !== null || row.state !== 'ready' || row.lifecycle !== 'active' || !row.published) continue
    const ofWord = hits.filter(({ word }) => word === upload.word)
    const found = upload.word === null ? indexed.has(row.id) : ofWord.some(({ documentId }) => documentId === row.documentId)
    if (found) searchable += 1
    else report('not_found', `upload ${upload.id}, version ${row.id}`)
  }
  for (const [kind, subject] of [...tooMany(uploads, rows, hits), ...undone(ledger, rows)]) report(kind, subject)

  let events = 0
  for (const listening of ledger.listenings.filter(({ org }) => org === orgId)) {
    const heard = await run((tx) => compareEvents(tx, listening))
    events += heard.expected
    for (const [kind, subject] of heard.faults) report(kind, `${subject} at ${listening.listener}`)
  }
  const flows = await checkFlowLedger(run, orgId, ledger)
  for (const [kind, subject] of flows.faults) report(kind, subject)
  return { acked: uploads.filter(({ ack }) => ack !== null).length, searchable, decisions: flows.decisions, events: events + flows.hooks, differences }
}

/** An acknowledged upload is there with its bytes, unless somebody wanted it gone. */
function faultOf(upload: UploadTry, row: Stored | undefined, gone: ReadonlySet<string>): 'lost' | 'wrong_bytes' | null {
  if (upload.ack === null) return null
  if (row === undefined) return gone.has(upload.ack.documentId) ? null : 'lost'
  if (row.documentId !== upload.ack.documentId) return 'lost'
  return row.sha256 === upload.sha256 && row.size === BigInt(upload.size) ? null : 'wrong_bytes'
}

type Fault = readonly [kind: DifferenceKind, subject: string]

/** One try, one version; one word, one document; a refusal, nothing. The bytes of each try are its own. */
function tooMany(uploads: readonly UploadTry[], rows: readonly Stored[], hits: readonly Hit[]): Fault[] {
  const faults: Fault[] = []
  for (const { id, sha256, word, ack, refused } of uploads) {
    const versions = rows.filter((row) => row.sha256 === sha256)
    if (versions.length > 1) faults.push(['double_upload', `upload ${id}: ${versions.length} versions`])
    if (refused && ack === null && versions.length > 0) faults.push(['refused_kept', `upload ${id}`])
    const documents = new Set(hits.filter((hit) => hit.word === word).map(({ documentId }) => documentId))
    if (documents.size > 1) faults.push(['dup_hits', `the word ${word ?? ''}: ${documents.size} documents`])
  }
  return faults
}

/** The last acknowledged change of a document holds, unless another was tried after it. */
function undone({ changes }: Ledger, rows: readonly Stored[]): Fault[] {
  const last = new Map(changes.filter(({ action }) => action === 'trash' || action === 'restore' || action === 'purge').map((change) => [change.documentId, change]))
  return rows.flatMap((row): Fault[] => {
    const change = last.get(row.documentId)
    if (change?.acked !== true) return []
    const holds = change.action === 'trash' ? row.lifecycle === 'trashed' : change.action === 'restore' ? row.lifecycle === 'active' : false
    return holds ? [] : [['lost', `${change.action} of document ${row.documentId}`]]
  })
}

/** Every version that an acknowledgement names or that holds the bytes of a try. */
function storedBy(tx: Tx, uploads: readonly UploadTry[]): Promise<Stored[]> {
  const ids = uploads.flatMap(({ ack }) => (ack === null ? [] : [ack.versionId]))
  return tx.$queryRaw`
    select v.id::text as id, v.document_id::text as "documentId", v.sha256, v.size, v.state, d.lifecycle, d.published_version_id = v.id as published
    from document_version v join document d on d.org_id = v.org_id and d.id = v.document_id
    where v.id = any(${ids}::uuid[]) or v.sha256 = any(${uploads.map(({ sha256 }) => sha256)}::text[])`
}

/** Where words of the tries are found: in the published versions of active documents, by the index that search ranks from. */
function findWords(tx: Tx, words: readonly string[]): Promise<Hit[]> {
  return tx.$queryRaw`
    select distinct w.word, k.document_id::text as "documentId"
    from unnest(${[...words]}::text[]) w(word) join passage_keyword k on k.tsv @@ to_tsquery('simple', w.word)
    join document d on d.org_id = k.org_id and d.id = k.document_id and d.published_version_id = k.version_id and d.lifecycle = 'active'`
}

/** Versions with anything to be found; for files whose words only their pixels know. */
function publishedPassages(tx: Tx, rows: readonly Stored[]): Promise<{ id: string }[]> {
  return tx.$queryRaw`select distinct version_id::text as id from passage_keyword where version_id = any(${rows.map(({ id }) => id)}::uuid[])`
}

type Expected = { position: string; id: bigint }

/**
 * What a listener should have heard: the events of documents that its organization reads, from where it began to listen. Of a document that is gone
 * only the purge itself is owed: whoever was cut off before it is not told the rest.
 */
async function compareEvents(tx: Tx, { org, after, received }: Listening): Promise<{ expected: number; faults: Fault[] }> {
  const from = parsePosition(after)
  if (from === null) throw new Error(`${after} is no position of an event`)
  const expected = await tx.$queryRaw<Expected[]>`
    select e.xid || '-' || e.id as position, e.id from event e
    where (e.xid, e.id) > (${from.xid.toString()}::xid8, ${from.id}::bigint) and e.document_id is not null
      and case when e.audience is not null then ${`org:${org}`} = any(e.audience)
        else exists (select from document_reader r where r.org_id = e.org_id and r.document_id = e.document_id and r.principal = ${`org:${org}`}) end`
  const own = await tx.$queryRaw<{ position: string }[]>`
    select xid || '-' || id as position from event where id = any(${received.map((id) => parsePosition(id)?.id ?? 0n)}::bigint[])`
  const known = new Set(own.map(({ position }) => position))
  const times = new Map<string, number>()
  for (const id of received) times.set(id, (times.get(id) ?? 0) + 1)
  return {
    expected: expected.length,
    faults: [
      ...expected.filter(({ position }) => !times.has(position)).map(({ position }): Fault => ['not_received', `event ${position}`]),
      ...[...times].filter(([, count]) => count > 1).map(([id, count]): Fault => ['received_twice', `event ${id}, ${count} times,`]),
      ...[...times.keys()].filter((id) => !known.has(id)).map((id): Fault => ['foreign_reads', `event ${id}`]),
    ],
  }
}
