import type { AnswerModel, Embedder } from '@intellidocs/embedding'
import { createLog, createOutbox, createUnitOfWork, newId, systemClock, type Actor, type RunInTx } from '@intellidocs/kernel'
import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import { createSearchModule, type SearchModule } from './index.ts'
import { postgresCandidates } from './keyword-candidates.ts'
import { createLegs, type Legs } from './legs.ts'
import { createModels } from './models/models.ts'

export type SearchWorld = TestDatabase & {
  readonly search: SearchModule
  /** What the ranking is made of, as it is before an answer is. */
  readonly legs: Legs
  readonly org: TestOrg
  readonly runInTx: RunInTx
  /** The same data behind another model. */
  withEmbedder(embedder: Embedder | null, former?: readonly Embedder[]): SearchModule
  /** The same data, and somebody who writes answers from it. */
  withAnswers(answers: AnswerModel, embedder?: Embedder | null): SearchModule
  /** A document with one processed version, indexed and published unless told otherwise. */
  add(document: NewDocument): Promise<{ documentId: string; versionId: string }>
  /** Runs a statement of the test's own inside an organization. */
  sql(actor: Actor, statement: string): Promise<void>
}

type NewDocument = {
  readonly text: string | readonly string[]
  readonly name?: string
  readonly language?: string | null
  readonly org?: TestOrg
  readonly readers?: readonly string[]
  readonly publish?: boolean
}

const signal = new AbortController().signal

export async function searchWorld(embedder: Embedder | null = wordEmbedder): Promise<SearchWorld> {
  const db = await testDatabase()
  const { runInTx, runAsSystem } = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: () => undefined })
  const log = createLog({ level: 'silent', name: 'search-test' })
  const module = (model: Embedder | null, answers: AnswerModel | null, formerEmbedders: readonly Embedder[] = []) =>
    createSearchModule({ runInTx, runAsSystem, outbox: createOutbox(), clock: systemClock, embedder: model, formerEmbedders, answers, log, secretKey: Buffer.alloc(32, 5) })
  const withEmbedder = (model: Embedder | null, former?: readonly Embedder[]) => module(model, null, former)
  const withAnswers = (answers: AnswerModel, model: Embedder | null = embedder) => module(model, answers)
  const search = withEmbedder(embedder)
  const org = await createTestOrg(db.database)
  const sql = (actor: Actor, statement: string) => runInTx(actor, async (tx) => { await tx.$executeRawUnsafe(statement) })
  return {
    ...db, runInTx, search, org, withEmbedder, withAnswers, sql,
    legs: createLegs({ runInTx, models: createModels({ runInTx, current: embedder, former: [] }), log, candidates: postgresCandidates }),
    async add({ text, name = 'paper.txt', language = 'en', org: owner = org, readers = [`org:${owner.org.id}`], publish = true }) {
      const [documentId, versionId] = [newId(), newId()]
      await runInTx(owner.system, async (tx) => {
        await tx.document.create({ data: { id: documentId, orgId: owner.org.id, ownerId: owner.owner.userId, name, currentVersionId: versionId } })
        await tx.documentVersion.create({ data: {
          id: versionId, orgId: owner.org.id, documentId, number: 1, fileName: name, sha256: '0'.repeat(64), size: 1n, mime: 'text/plain', language,
          state: 'processing', createdBy: owner.owner.userId,
        } })
        await tx.$executeRaw`insert into document_reader (org_id, principal, created_at, document_id)
          select org_id, unnest(${[...readers]}::text[]), created_at, id from document where id = ${documentId}::uuid`
      })
      const pages = (typeof text === 'string' ? [text] : text).map((t, i) => ({ number: i + 1, text: t }))
      await search.passageIndex.index({ orgId: owner.org.id, documentId, versionId, attempt: 1, title: name, language, pages, first: true }, () => undefined, signal)
      if (publish) await sql(owner.system, `update document set published_version_id = current_version_id where id = '${documentId}'`)
      return { documentId, versionId }
    },
  }
}

/** Counts letters: enough of a model to tell texts apart, the same in every run. */
export const wordEmbedder: Embedder = {
  id: 'test:letters', dimensions: 384,
  embed: async (texts) => texts.map((text) => {
    const vector = new Float32Array(384)
    for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
      let hash = 7
      for (const c of word.slice(0, 4)) hash = (hash * 31 + c.charCodeAt(0)) % 384
      vector[hash] = (vector[hash] ?? 0) + 1
    }
    const norm = Math.hypot(...vector)
    return norm > 0 ? vector.map((x) => x / norm) : vector
  }),
}
