import { adminContract, type OrgId, type Resealed, type SealedFrom } from '@intellidocs/contracts'
import { secretKeyId, type Person, type SealedRows, type Tx } from '@intellidocs/kernel'
import type { AdminUnit } from './admin.unit.ts'
import { audited } from './work-through.ts'

/** Rows that are looked at in one call: some hundredths of a second each thousand. */
const PORTION = 500

export type KeysService = {
  /** Of the process that is asked. */
  status(): { present: string; older: string[] }
  /** One portion; the first of a pass that changes something stands in the installation's audit. */
  reseal(person: Person, input: { from: SealedFrom | null; change: boolean; reason: string }): Promise<Resealed>
}
type Deps = {
  readonly unit: AdminUnit; readonly secretKeys: readonly [Buffer, ...Buffer[]]; readonly sealed: readonly SealedRows[]
  /** The first organization behind this one, by id. */
  readonly orgAfter: (tx: Tx, id: OrgId | null) => Promise<OrgId | null>
}

export function createKeysService({ unit, secretKeys, sealed, orgAfter }: Deps): KeysService {
  const [present, ...older] = secretKeys
  const rowsOf = (kind: SealedFrom['kind']): SealedRows => {
    const rows = sealed.find((one) => one.kind === kind)
    if (rows === undefined) throw new Error(`nobody keeps ${kind}`)
    return rows
  }

  /** The beginning of a kind; where none of its organizations is left, that of the kind behind it. */
  async function beginning(kind: SealedFrom['kind'], behind: OrgId | null): Promise<SealedFrom | null> {
    if (!rowsOf(kind).byOrg) return { kind, orgId: null, after: null }
    const orgId = await unit.look((tx) => orgAfter(tx, behind))
    return orgId === null ? behindKind(kind) : { kind, orgId, after: null }
  }

  function behindKind(kind: SealedFrom['kind']): Promise<SealedFrom | null> {
    const next = adminContract.sealedKinds[adminContract.sealedKinds.indexOf(kind) + 1]
    return next === undefined ? Promise.resolve(null) : beginning(next, null)
  }

  const goesOn = (at: SealedFrom, last: string | null): Promise<SealedFrom | null> => {
    if (last !== null) return Promise.resolve({ ...at, after: last })
    return at.orgId === null ? behindKind(at.kind) : beginning(at.kind, at.orgId)
  }

  return {
    status: () => ({ present: secretKeyId(present), older: older.map(secretKeyId) }),
    async reseal(person, { from, change, reason }) {
      if (from === null && change) {
        await unit.act(person, ({ tx }) => audited(tx, person, { action: 'admin.keys-resealed', data: { key: secretKeyId(present), reason } }))
      }
      const [first] = adminContract.sealedKinds
      const at = from ?? await beginning(first, null)
      if (at === null) return { kind: first, looked: 0, older: 0, lost: 0, next: null }
      const { last, ...counts } = await rowsOf(at.kind).portion({ orgId: at.orgId, after: at.after, limit: PORTION, change })
      return { kind: at.kind, ...counts, next: await goesOn(at, last) }
    },
  }
}
