import { subscriber, type Subscriber } from '@intellidocs/kernel'
import type { QueriesService } from './queries.service.ts'
import type { PassageIndexer } from './passage-indexer.ts'

/** Keeps the index behind the documents. Each reaction sets a state and may run any number of times, in any order. */
export function createSearchSubscribers(indexer: PassageIndexer, queries: Pick<QueriesService, 'forgetWords'>): Subscriber[] {
  return [
    subscriber({
      name: 'search.remove-purged', events: ['documents.purged.v1'],
      handle: ({ orgId, payload }) => indexer.remove({ orgId, documentId: payload.documentId }),
    }),
    subscriber({
      name: 'search.remove-old-versions', events: ['documents.ready.v1'],
      handle: ({ orgId, payload }) => indexer.remove({ orgId, documentId: payload.documentId, keepVersionId: payload.versionId }),
    }),
    subscriber({
      name: 'search.forget-words', events: ['analytics.settings-set.v1'],
      handle: async ({ orgId, payload }) => {
        if (payload.changed.includes('words')) await queries.forgetWords(orgId)
      },
    }),
    subscriber({
      name: 'search.retitle', events: ['documents.updated.v1'],
      handle: async ({ orgId, payload }) => {
        if (payload.changed.includes('name')) await indexer.retitle({ orgId, documentId: payload.documentId })
      },
    }),
  ]
}
