import type { OrgId, SealedKind } from '@intellidocs/contracts'
import { resealSecret } from './crypto.ts'

export type SealedRow = { readonly id: string; readonly purpose: string; readonly sealed: Uint8Array }
/** `older`: under a key that is not the present one; `lost`: under none that is known. `last`: where the next portion begins; null at the end. */
export type SealedPortion = { readonly looked: number; readonly older: number; readonly lost: number; readonly last: string | null }
/** Of one organization, or of the installation where `byOrg` is false; `after` is the id of a row. `change` false: they are counted only. */
export type SealedPart = { readonly orgId: OrgId | null; readonly after: string | null; readonly limit: number; readonly change: boolean }

/** What a module keeps sealed by the secret key, so that all of it can come under a new one. */
export type SealedRows = { readonly kind: SealedKind; readonly byOrg: boolean; portion(part: SealedPart): Promise<SealedPortion> }

/**
 * Looks at the rows of a portion, and stores anew those under an older key. `store` must leave a row alone whose bytes are not the ones that were read:
 * whoever changed it meanwhile sealed it by the present key.
 */
export async function resealEach(secretKeys: readonly [Buffer, ...Buffer[]], rows: readonly SealedRow[], { change, store }: Pick<SealedPart, 'change'> & {
  store: (row: SealedRow, sealed: Uint8Array<ArrayBuffer>) => Promise<unknown>
}): Promise<Omit<SealedPortion, 'last'>> {
  let [older, lost] = [0, 0]
  for (const row of rows) {
    let sealed: Uint8Array<ArrayBuffer> | null
    try {
      sealed = resealSecret(secretKeys, row.purpose, row.sealed)
    } catch {
      lost += 1
      continue
    }
    if (sealed === null) continue
    older += 1
    if (change) await store(row, sealed)
  }
  return { looked: rows.length, older, lost }
}

/** Where the portion after these begins. */
export const lastOf = (found: readonly { readonly id: string }[], { limit }: Pick<SealedPart, 'limit'>): string | null => (found.length < limit ? null : found.at(-1)?.id ?? null)
