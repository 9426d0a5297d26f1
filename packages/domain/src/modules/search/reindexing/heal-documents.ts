import { headingOf } from '@intellidocs/extraction'
import { isPrinted, newId, systemActor, type RunInTx, type Tx } from '@intellidocs/kernel'
import type { OrgId } from '@intellidocs/contracts'
import { piecesOf, sharesOf, type Piece } from '../passage-indexer.ts'
import { LAST_PLACE, passagesRepository, type Place } from '../passages.repository.ts'
import { passageWords, titleWords } from '../title.ts'
import { configOf } from '../words.ts'
import { comparedRepository as repository, type ComparedDocument, type KeptPassage, type ReadyVersion } from './documents.repository.ts'
import { sumOf, type StepDone, type Tally } from './tally.ts'

const DOCUMENTS = 20
/** As processing hands them over: headers and footers are found among so many pages. */
const PAGES = 50
const STALE_AT_ONCE = 500

export type HealDeps = { readonly runInTx: RunInTx }
export type Portion = {
  readonly orgId: OrgId; readonly after: string; readonly signal: AbortSignal
  /** Says that there is still somebody at work. */
  readonly beat: () => void
}
type Healed = { readonly found: Tally; readonly healed: Tally }

/**
 * The next 20 documents: what search has of each is compared, letter by letter, with what it would be made of the pages now, and what differs is written. Passages that
 * are right stay with their vectors; those that are new get theirs in the next stage, and are found by their words until then.
 */
export async function healDocuments({ runInTx }: HealDeps, portion: Portion): Promise<StepDone> {
  const { orgId, after, beat, signal } = portion
  const documents = await runInTx(systemActor(orgId, newId()), (tx) => repository.documents(tx, { after, limit: DOCUMENTS }), { readOnly: true })
  const done: Healed[] = []
  for (const document of documents) {
    beat()
    signal.throwIfAborted()
    done.push(await healLeftovers(runInTx, orgId, document.documentId))
    if (document.unpublished) done.push({ found: { unpublished: 1 }, healed: {} })
    if (document.versionId !== null) done.push(await healVersion(runInTx, portion, { ...document, versionId: document.versionId }))
  }
  return {
    next: documents.length < DOCUMENTS ? null : documents.at(-1)?.documentId ?? null, looked: documents.length,
    found: sumOf(done.map(({ found }) => found)), healed: sumOf(done.map(({ healed }) => healed)),
  }
}

const all = (tally: Tally): Healed => ({ found: tally, healed: tally })

async function healLeftovers(runInTx: RunInTx, orgId: OrgId, documentId: string): Promise<Healed> {
  const actor = systemActor(orgId, newId())
  let stalePassages = 0
  for (let last = STALE_AT_ONCE; last === STALE_AT_ONCE;) {
    last = await runInTx(actor, async (tx) => {
      const stale = await repository.stalePassages(tx, documentId, STALE_AT_ONCE)
      await passagesRepository.remove(tx, stale)
      return stale.length
    })
    stalePassages += last
  }
  return runInTx(actor, async (tx) => all({ stalePassages, orphans: await repository.removeOrphans(tx, documentId), tags: await repository.healTags(tx, documentId) }))
}

type Shown = ComparedDocument & { readonly versionId: string }

/** Without all of its pages nothing tells which passages are right: they stay, and the pages are told. */
async function healVersion(runInTx: RunInTx, { orgId, beat, signal }: Portion, document: Shown): Promise<Healed> {
  const { documentId, versionId, attempt, pages, language } = document
  const version: ReadyVersion = { orgId, documentId, versionId, attempt }
  const actor = systemActor(orgId, newId())
  const { there, beginning } = await runInTx(actor, async (tx) => (
    { there: await repository.countPages(tx, version, pages), beginning: await repository.beginning(tx, version) }
  ), { readOnly: true })
  if (there < pages) return { found: { pages: pages - there }, healed: {} }
  const done: Tally[] = []
  const title = headingOf(beginning)
  for (let from = 1; from <= pages; from += PAGES) {
    const to = Math.min(pages, from + PAGES - 1)
    const batch = { pages: await runInTx(actor, (tx) => repository.pages(tx, version, { from, to }), { readOnly: true }), printed: isPrinted(document.mime), first: false }
    const shares = sharesOf(batch, await piecesOf(batch, title, signal))
    for (const [at, share] of shares.entries()) {
      beat()
      signal.throwIfAborted()
      const place = { from: from === 1 && at === 0 ? 0 : share.place.from, to: to === pages && at === shares.length - 1 ? LAST_PLACE : share.place.to }
      const tally = await runInTx(actor, (tx) => healShare(tx, version, { ...share, place, language, heading: title }))
      if (tally === null) return all(sumOf(done))
      done.push(tally)
    }
  }
  return all(sumOf(done))
}

type Share = { readonly pieces: readonly Piece[]; readonly place: Place; readonly language: string | null; readonly heading: string | null }

/** Null: the version moved on, and whoever moved it makes its passages. */
async function healShare(tx: Tx, version: ReadyVersion, { pieces, place, language, heading }: Share): Promise<Tally | null> {
  const held = await repository.hold(tx, version)
  if (held === null) return null
  const stored = await repository.passages(tx, version.versionId, place)
  const { kept, wrong, missing } = compare(stored, pieces, language)
  await passagesRepository.remove(tx, wrong.map(({ id }) => id))
  const [config, title] = [configOf(language), titleWords(held.name, heading)]
  const passages = missing.map((piece) => ({ ...piece, ...passageWords(piece) }))
  await passagesRepository.insert(tx, version, { passages, vectors: [], language, config, title })
  const words = await repository.healWords(tx, version, kept.map((one) => ({ id: one.id, config, title: title.words, titlePlain: title.plainWords, ...passageWords(one) })))
  return { passages: new Set([...wrong, ...missing].map(({ ordinal }) => ordinal)).size, words }
}

/** Which of the stored passages are as they would be made now, which are not, and which are not there. */
export function compare(stored: readonly KeptPassage[], pieces: readonly Piece[], language: string | null) {
  const wanted = new Map(pieces.map((piece) => [piece.ordinal, piece]))
  const same = (one: KeptPassage): boolean => {
    const piece = wanted.get(one.ordinal)
    return piece !== undefined && piece.page === one.page && piece.start === one.start && piece.end === one.end && piece.text === one.text
      && piece.heading === one.heading && one.language === language
  }
  const kept = stored.filter(same)
  const there = new Set(kept.map(({ ordinal }) => ordinal))
  return { kept, wrong: stored.filter((one) => !same(one)), missing: pieces.filter(({ ordinal }) => !there.has(ordinal)) }
}

