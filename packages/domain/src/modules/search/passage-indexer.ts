import { setImmediate as nextTurn } from 'node:timers/promises'
import { headingOf } from '@intellidocs/extraction'
import { FencedError, newId, systemActor, type Actor, type PassageBatch, type PassageIndex, type RunInTx } from '@intellidocs/kernel'
import type { OrgId } from '@intellidocs/contracts'
import { chunkPage, sectionsOf } from './chunking.ts'
import { embedPassages } from './models/embed-passages.ts'
import { modelsRepository } from './models/models.repository.ts'
import type { Models } from './models/models.ts'
import { LAST_PLACE, passagesRepository, type Place, type PlacedVector } from './passages.repository.ts'
import { headingOver, headingsOf, lastBehind, type Heading } from './headings.ts'
import { ownParts } from './running-lines.ts'
import type { NewPassage } from './search.types.ts'
import { embeddedText, passageWords, titleWords } from './title.ts'
import { configOf } from './words.ts'

/** A sheet is one page and may hold 64 MB. The place of a passage is a bigint: an int ended at page 5,368. */
const PASSAGES_PER_PAGE = 400_000
/** Passages to a transaction: seconds even where the database is slow. */
const STORE_AT_ONCE = 500
const RETITLE_AT_ONCE = 200

export type Piece = Pick<NewPassage, 'ordinal' | 'page' | 'start' | 'end' | 'text' | 'heading'>

export type PassageIndexer = PassageIndex & {
  /** Writes the words of a document's passages anew, with its present name as their title. */
  retitle(input: { orgId: string; documentId: string }): Promise<void>
}

type Deps = { readonly runInTx: RunInTx; readonly models: Models; readonly folded: () => void }

/**
 * The passages of versions: cuts, embeds, stores. Embedding happens before the transaction that stores. Without a model: words only.
 * `folded` is called after each change, outside transactions, so that the word statistics follow.
 */
export function createPassageIndexer(deps: Deps): PassageIndexer {
  const { models, runInTx, folded } = deps
  return {
    async index(batch, onStage, signal) {
      const heading = await headingFor(batch, runInTx)
      const pieces = await piecesOf(batch, heading, signal)
      onStage('chunk', batch.pages.length)
      const embedders = await models.needed(batch.orgId as OrgId)
      for (const share of sharesOf(batch, pieces)) {
        const texts = share.pieces.map((piece) => ({ text: piece.text, language: batch.language, embedded: embeddedText(batch.title, heading, piece) }))
        const vectors: PlacedVector[] = []
        for (const embedder of embedders) {
          const made = await embedPassages(embedder, texts, signal)
          vectors.push(...share.pieces.flatMap(({ ordinal }, i) => (made[i] === undefined ? [] : [{ ...made[i], ordinal }])))
          onStage('embed', batch.pages.length)
        }
        const passages = share.pieces.map((piece): NewPassage => ({ ...piece, ...passageWords(piece) }))
        signal.throwIfAborted()
        await store(deps, batch, { passages, vectors, models: embedders.map(({ id }) => id), place: share.place, heading })
      }
      onStage('index', batch.pages.length)
      folded()
      return { passages: pieces.length }
    },

    async remove({ orgId, documentId, keepVersionId }) {
      await runInTx(as(orgId), async (tx) => {
        for (const versionId of await passagesRepository.indexedVersions(tx, documentId, keepVersionId ?? null)) {
          await passagesRepository.removeVersion(tx, versionId, null)
        }
      })
      folded()
    },

    made: (tx, of) => passagesRepository.made(tx, of),

    async retitle({ orgId, documentId }) {
      const headings = new Map<string, string | null>()
      for (let after: string | undefined = '0'; after !== undefined;) after = await retitleSome(deps, { orgId, documentId, after, headings })
      folded()
    },
  }
}

const as = (orgId: string): Actor => systemActor(orgId as OrgId, newId())

type Share = { readonly passages: NewPassage[]; readonly vectors: PlacedVector[]; readonly models: readonly string[]; readonly place: Place; readonly heading: string | null }

/** Replaces what an earlier try left, under a lock on the version. The name is read here: it may have changed since the run began. */
async function store({ runInTx }: Deps, batch: PassageBatch, { passages, vectors, models, place, heading }: Share): Promise<void> {
  await runInTx(as(batch.orgId), async (tx) => {
    await modelsRepository.hold(tx, batch.orgId as OrgId)
    const claimed = await passagesRepository.claimVersion(tx, batch, batch.attempt)
    if (claimed === null) throw new FencedError(batch.versionId, batch.attempt)
    await passagesRepository.removeVersion(tx, batch.versionId, place)
    await passagesRepository.insert(tx, batch, {
      passages, vectors, language: batch.language, config: configOf(batch.language), title: titleWords(claimed.name, heading),
    })
    await modelsRepository.note(tx, batch.orgId as OrgId, models)
  })
}

type Retitled = { orgId: string; documentId: string; after: string; headings: Map<string, string | null> }

/** One transaction's share of a document's passages; the id to go on after, undefined at the end. */
async function retitleSome({ runInTx }: Deps, { orgId, documentId, after, headings }: Retitled): Promise<string | undefined> {
  return runInTx(as(orgId), async (tx) => {
    const name = await passagesRepository.holdName(tx, documentId)
    if (name === null) return undefined
    const stored = await passagesRepository.storedPassages(tx, documentId, { after, limit: RETITLE_AT_ONCE })
    for (const { versionId } of stored) {
      if (headings.has(versionId)) continue
      const first = await passagesRepository.firstPassage(tx, versionId)
      headings.set(versionId, first === null ? null : headingOf(first))
    }
    await passagesRepository.rewriteWords(tx, stored.map(({ id, config, text, heading, versionId }) => {
      const title = titleWords(name, headings.get(versionId) ?? null)
      return { id, config, title: title.words, titlePlain: title.plainWords, ...passageWords({ text, heading }) }
    }))
    return stored.length < RETITLE_AT_ONCE ? undefined : stored.at(-1)?.id
  })
}

/**
 * A sheet of 60 MB takes seconds: after each section the process turns to its heartbeats, without which its work is given to another one. `title` is the heading of
 * the whole, which all passages have anyway.
 */
export async function piecesOf(batch: Pick<PassageBatch, 'pages' | 'printed'>, title: string | null, signal: AbortSignal): Promise<Piece[]> {
  const pieces: Piece[] = []
  let before: Heading[] = []
  const parts = batch.printed === true ? ownParts(batch.pages) : null
  for (const [at, page] of batch.pages.entries()) {
    const { start: from, end: to } = parts?.[at] ?? { start: 0, end: page.text.length }
    // Postgres' text holds neither NUL nor half a character; replaced one for one, so that every offset stays.
    const text = page.text.replaceAll('\0', ' ').toWellFormed()
    let ordinal = page.number * PASSAGES_PER_PAGE
    for (const section of sectionsOf(text.slice(from, to))) {
      const words = text.slice(from + section.start, from + section.end)
      const own = headingsOf(words)
      const headings = [...before, ...own]
      for (const chunk of chunkPage(words, own)) {
        const [start, end] = [from + section.start + chunk.start, from + section.start + chunk.end]
        const heading = headingOver(headings, chunk.start)
        pieces.push({ ordinal: ordinal++, page: page.number, start, end, text: text.slice(start, end), heading: heading === title ? null : heading })
      }
      before = lastBehind(headings, words.length)
      await nextTurn()
      signal.throwIfAborted()
    }
  }
  return pieces
}

/** The batch's pieces in shares, with the places they take: together all of the batch's, so that nothing of an earlier try stays. The first batch owns all. */
export function sharesOf(batch: Pick<PassageBatch, 'pages' | 'first'>, pieces: readonly Piece[]): { pieces: readonly Piece[]; place: Place }[] {
  const numbers = batch.pages.map((page) => page.number)
  const end = batch.first ? LAST_PLACE : (Math.max(-1, ...numbers) + 1) * PASSAGES_PER_PAGE - 1
  const shares: { pieces: readonly Piece[]; place: Place }[] = []
  let from = batch.first ? 0 : Math.min(LAST_PLACE, ...numbers.map((number) => number * PASSAGES_PER_PAGE))
  for (let at = 0; at === 0 || at < pieces.length; at += STORE_AT_ONCE) {
    const next = pieces[at + STORE_AT_ONCE]
    shares.push({ pieces: pieces.slice(at, at + STORE_AT_ONCE), place: { from, to: next === undefined ? end : next.ordinal - 1 } })
    from = next?.ordinal ?? end
  }
  return shares
}

/** The heading stands on page 1: in this batch, or in the first passage that an earlier batch stored. */
async function headingFor(batch: PassageBatch, runInTx: RunInTx): Promise<string | null> {
  const first = batch.pages.find((p) => p.number === 1)
  if (first !== undefined) return headingOf(first.text)
  if (batch.first) return null
  const text = await runInTx(as(batch.orgId), (tx) => passagesRepository.firstPassage(tx, batch.versionId), { readOnly: true })
  return text === null ? null : headingOf(text)
}
