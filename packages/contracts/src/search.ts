import { z } from 'zod'
import { box } from './boxes.ts'
import { tagName } from './documents.ts'
import { documentId, folderId, searchQueryId, searchViewId, userId, versionId } from './ids.ts'
import { documentType, flowStanding } from './search-language.ts'
import { nameLine, text } from './text.ts'

/** By when documents were added, in place of how well they fit: those that hold a word of the query, or by meaning all that were found. */
export const searchSort = z.enum(['relevance', 'newest', 'oldest'])
export type SearchSort = z.infer<typeof searchSort>

export const facetNames = ['type', 'tag', 'folder', 'language', 'owner', 'year'] as const
export type FacetName = (typeof facetNames)[number]
/** `value` is what the filter of this name takes, in a query and in `filters`; `label` how people call it, where that is something else and the caller may know. */
export const facetCount = z.strictObject({ value: z.string(), label: z.string().nullable(), documents: z.int() })
/**
 * How many of the documents that meet the query, and that the caller reads, have which property: the 20 commonest values of each. Of words, documents meet
 * the query that hold one of them; by meaning, those that were found. `documents`: how many were counted; there are more where `more` says so.
 */
export const facets = z.strictObject({ documents: z.int(), more: z.boolean(), counts: z.partialRecord(z.enum(facetNames), z.array(facetCount)) })
export type Facets = z.infer<typeof facets>

export const searchModes = ['hybrid', 'keyword', 'meaning'] as const
export const searchMode = z.enum(searchModes)
export type SearchMode = z.infer<typeof searchMode>

/** What `type:`, `tag:`, `language:` and so on say in a query. A document has all of `tags`, and is of one of `types`. */
const properties = {
  types: z.array(documentType).min(1).max(20).optional(), mime: text.max(100).optional(), tags: z.array(tagName).min(1).max(20).optional(), folderId: folderId.optional(),
  ownerId: userId.optional(), language: text.max(10).optional(), flow: flowStanding.optional(), name: text.min(1).max(300).optional(),
}
/** The filters of a query without its words, for front ends; they hold beside those that the query names. Times are from, and before; pages from, and up to. */
export const searchFilters = z.strictObject({
  ...properties,
  createdAfter: z.iso.datetime().optional(), createdBefore: z.iso.datetime().optional(), updatedAfter: z.iso.datetime().optional(), updatedBefore: z.iso.datetime().optional(),
  pagesFrom: z.int().min(0).max(1_000_000).optional(), pagesTo: z.int().min(0).max(1_000_000).optional(),
  /** What a document must not have: none of `tags`. */
  not: z.strictObject(properties).optional(),
})

/** Offsets into `passage`, in UTF-16 code units as JavaScript counts them; end is exclusive. */
export const highlight = z.strictObject({ start: z.int(), end: z.int() })

export const hit = z.strictObject({
  documentId, versionId, name: z.string(), version: z.int(), page: z.int(),
  /** Characters of the page's text that the passage covers, UTF-16 code units, end exclusive. */
  span: z.strictObject({ start: z.int(), end: z.int() }),
  passage: z.string(), highlights: z.array(highlight),
  /** The part of `passage` that shows most of the query's words. */
  snippet: highlight,
  /** Where the words of the query stand on the page; of a passage without any, where its lines do. Empty where the format has no places (docs/formats.md). */
  boxes: z.array(box),
  /**
   * 1 divided by the place in the whole ranking: it says the order and no more. What the order is made of weighs words by how many documents of the
   * organization hold them, those that the caller may not read among them, and does not leave.
   */
  score: z.number().gt(0).max(1),
  /** Cosine of query and passage, -1 to 1; null where meaning was not asked, or the model knows none of the words. */
  meaningScore: z.number().nullable(),
  /**
   * `words`: those of the query that the passage holds, in the order of the query; of more than 64 words the first 64. `sentence`: found by meaning alone,
   * and `highlights` is the sentence that comes nearest to it; without that nothing is highlighted in such a hit.
   */
  why: z.strictObject({ words: z.array(z.string()), meaning: z.boolean(), sentence: z.boolean() }),
})
export type Hit = z.infer<typeof hit>

/**
 * One hit a document: its best passage. `missing` names what did not answer: a leg, or what forgives typos, without which words count as they were typed;
 * `degraded` says that something did not. `queryId`: of all pages of a query, for `search.opened`.
 * `query` is the language of docs/search.md; without words in it, the documents that meet its filters are listed, newest first.
 * `facets` null: not asked for, or not counted in time.
 */
export const searchQuery = {
  input: z.strictObject({
    query: z.string().trim().max(2000).default(''), mode: searchMode.default('hybrid'), limit: z.int().min(1).max(100).default(10), cursor: z.string().max(512).optional(),
    filters: searchFilters.default({}),
    /** Takes all of `query` for words, whatever it looks like: for texts that nobody wrote as a query. */
    plain: z.boolean().optional(),
    sort: searchSort.optional(), facets: z.array(z.enum(facetNames)).min(1).max(facetNames.length).optional(),
  }).refine(({ query, filters }) => query !== '' || Object.keys(filters).length > 0, { path: ['query'], message: 'words or filters' }),
  output: z.strictObject({
    queryId: searchQueryId, hits: z.array(hit), nextCursor: z.string().nullable(), degraded: z.boolean(), missing: z.array(z.enum(['keyword', 'meaning', 'typos'])), tookMs: z.number(),
    facets: facets.nullable(),
  }),
}

/** Says which hit was opened, and its place in the whole ranking, from 1. Said again, it counts once. */
export const searchOpened = {
  input: z.strictObject({ queryId: searchQueryId, documentId, position: z.int().min(1).max(10_000) }),
  output: z.strictObject({ queryId: searchQueryId }),
}

/** `query` is what was typed with the completion in it: a word in place of the one that was begun, a document or a tag as a filter. */
export const completion = z.strictObject({ kind: z.enum(['word', 'document', 'tag']), text: z.string(), query: z.string(), documentId: documentId.nullable() })
/**
 * What somebody may be about to write, the last word being unfinished where nothing stands behind it, and what they may have meant: the query with words that
 * stand in nothing they read made into ones that do. Null: there is nothing to correct. `degraded`: a part did not answer, so that there may be more.
 */
export const searchSuggest = {
  input: z.strictObject({ query: z.string().min(1).max(300), limit: z.int().min(1).max(20).default(8) }),
  output: z.strictObject({ completions: z.array(completion), didYouMean: z.string().nullable(), degraded: z.boolean() }),
}

/** Documents like one that the caller reads, by what they are about and by the words that are rare elsewhere. `why.words`: those that both hold. */
export const searchSimilar = {
  input: z.strictObject({ documentId, limit: z.int().min(1).max(50).default(10), filters: searchFilters.default({}) }),
  output: z.strictObject({ hits: z.array(hit), degraded: z.boolean(), missing: z.array(z.enum(['keyword', 'meaning'])) }),
}

/** Something that is said, and what proves it. */
export const claim = z.strictObject({
  /** In an extract the quote itself. Plain text: never to be shown as markup. */
  text: z.string(),
  documentId, versionId, name: z.string(), version: z.int(), page: z.int(),
  /** Characters of the page's text that the quote covers, UTF-16 code units, end exclusive. */
  span: z.strictObject({ start: z.int(), end: z.int() }),
  /** What stands there, letter for letter. */
  quote: z.string(),
  /** Where it stands on the page; empty where the format has no places (docs/formats.md). */
  boxes: z.array(box),
})
export type Claim = z.infer<typeof claim>

/** `model`: a model wrote the claims · `extract`: they are sentences of documents · `nothing`: what the asker may read holds no answer */
export const answerKinds = ['model', 'extract', 'nothing'] as const

export const answer = z.strictObject({
  queryId: searchQueryId, kind: z.enum(answerKinds),
  /** Best first. Those of a model: each whose quote stands in the passage it names; the others were dropped. */
  claims: z.array(claim),
  /** Who wrote them; null for an extract. */
  model: z.string().nullable(),
  /** `missing` names what did not answer: a leg of the search, or the model that was asked first (away, or without a claim that holds). */
  degraded: z.boolean(), missing: z.array(z.enum(['keyword', 'meaning', 'typos', 'model'])), tookMs: z.number(),
})
export type Answer = z.infer<typeof answer>

const question = z.strictObject({ question: z.string().trim().min(1).max(2000), filters: searchFilters.default({}) })

/** The answer to a question, from what the caller may read, each claim with its proof. */
export const searchAsk = { input: question, output: answer }

/** The same as it comes: each claim once it is proved, then the whole answer. */
export const searchAskStream = { input: question, item: z.union([z.strictObject({ claim }), z.strictObject({ answer })]) }
export type AnswerItem = z.infer<typeof searchAskStream.item>

/** A question under a name: `own`, or of another member who shares it with the organization. */
const kept = { name: nameLine, query: text.trim().max(2000), filters: searchFilters, mode: searchMode, sort: searchSort, shared: z.boolean() }
export const searchView = z.strictObject({ id: searchViewId, ...kept, own: z.boolean(), createdAt: z.iso.datetime() })
export type SearchView = z.infer<typeof searchView>
export const createView = {
  input: z.strictObject({
    ...kept, query: kept.query.default(''), filters: searchFilters.default({}), mode: searchMode.default('hybrid'), sort: searchSort.default('relevance'), shared: z.boolean().default(false),
  }).refine(({ query, filters }) => query !== '' || Object.keys(filters).length > 0, { path: ['query'], message: 'words or filters' }),
  output: searchView,
}
/** All that the caller may open, 100 of each member at most. */
export const listViews = { input: z.strictObject({}), output: z.strictObject({ items: z.array(searchView) }) }
export const deleteView = { input: z.strictObject({ id: searchViewId }), output: z.strictObject({ id: searchViewId, deleted: z.literal(true) }) }
