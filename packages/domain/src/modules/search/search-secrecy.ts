import { createHmac } from 'node:crypto'
import type { OrgId } from '@intellidocs/contracts'
import { derivedKey } from '@intellidocs/kernel'
import { wordsOf } from './words.ts'

/** More words of one query are not told apart. */
const MAX_TERMS = 64

/** What the audit says of a query: enough to find who looked for a word that one knows, and not the words. */
export type SearchSecrecy = (orgId: OrgId, query: string) => { readonly query: string; readonly terms: readonly string[] }

/**
 * Hashes by HMAC-SHA-256, 128 bits as hexadecimal digits, under a key derived from the secret key (32 bytes): without it words cannot be tried.
 * The same word has another hash in another organization.
 */
export function createSearchSecrecy(secretKey: Buffer): SearchSecrecy {
  const key = derivedKey(secretKey, 'audit/search-terms')
  return (orgId, query) => {
    const hidden = (kind: 'query' | 'term', text: string): string =>
      createHmac('sha256', key).update(`${orgId}\0${kind}\0${text}`).digest('hex').slice(0, 32)
    const words = [...new Set(wordsOf(query).map((word) => word.text.toLowerCase()))]
    return { query: hidden('query', query.normalize('NFC')), terms: words.slice(0, MAX_TERMS).map((word) => hidden('term', word)) }
  }
}
