import { signedBy, signerFrom, type Signer } from '@intellidocs/audit'
import { retentionContract as contract, type DocumentId, type OrgId, type Page, type Tombstone, type TombstoneText } from '@intellidocs/contracts'
import { derivedKey, positionedPage, windowOf, type Actor, type PageInput } from '@intellidocs/kernel'
import type { RetentionDeps } from './retention.deps.ts'
import type { StoredTombstone } from './tombstones.repository.ts'

type PublicKey = { readonly keyId: string; readonly publicKey: string }
/** What the database does not have, so that whoever can write to it cannot make a tombstone. */
export type TombstoneKeys = { readonly signer: Signer; readonly all: readonly PublicKey[] }

/** A key of its own, derived from the secret key (32 bytes); those of old ones only verify. */
export function createTombstoneKeys(secretKey: Buffer, oldSecretKeys: readonly Buffer[]): TombstoneKeys {
  const [signer, ...old] = [signerFrom(derivedKey(secretKey, 'retention/tombstone')), ...oldSecretKeys.map((key) => signerFrom(derivedKey(key, 'retention/tombstone')))]
  return { signer, all: [signer, ...old].map(({ keyId, publicKey }) => ({ keyId, publicKey })) }
}

/** The text as it is kept, and the signature over its bytes. */
export function sign({ signer }: TombstoneKeys, text: TombstoneText): Pick<StoredTombstone, 'body' | 'keyId' | 'signature'> {
  const body = JSON.stringify(text)
  return { body, keyId: signer.keyId, signature: signer.sign(body) }
}

export type TombstonesService = {
  list(actor: Actor, input: PageInput & { documentId?: DocumentId | undefined }): Promise<Page<Tombstone>>
  keys(): { algorithm: 'Ed25519'; keys: PublicKey[] }
}

export function createTombstonesService({ runInTx, tombstones, keys }: RetentionDeps): TombstonesService {
  const publicKeys = keys.all.map(({ publicKey }) => publicKey)
  /** A row that somebody wrote past the product may hold anything; it is shown as what it is, not valid. */
  const show = (orgId: OrgId, { id, documentId, body: text, keyId, signature, at }: StoredTombstone): Tombstone => {
    const row = { id, documentId, deletedAt: at.toISOString(), text, keyId, signature }
    const told = signedBy(publicKeys, row) ? contract.tombstoneTextOf(row, orgId) : null
    return { ...row, rule: told?.rule ?? null, valid: told !== null }
  }
  return {
    async list(actor, { documentId = null, ...page }) {
      const window = windowOf(page)
      const rows = await runInTx(actor, (tx) => tombstones.list(tx, { orgId: actor.orgId, documentId }, window), { readOnly: true })
      return positionedPage(rows, window.limit, (row) => show(actor.orgId, row))
    },
    keys: () => ({ algorithm: 'Ed25519', keys: [...keys.all] }),
  }
}
