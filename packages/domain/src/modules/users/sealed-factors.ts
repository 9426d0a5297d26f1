import { lastOf, resealEach, type SealedRows } from '@intellidocs/kernel'
import type { PeopleDeps } from './people.deps.ts'
import { factorPurpose } from './use-cases/check-code.ts'

/** The secrets of second factors, each sealed for its account. */
export const sealedFactors = ({ runAsIdentity, factors, secretKeys }: Pick<PeopleDeps, 'runAsIdentity' | 'factors' | 'secretKeys'>): SealedRows => ({
  kind: 'factors', byOrg: false,
  portion: ({ after, limit, change }) => runAsIdentity(async (tx) => {
    const found = await factors.secrets(tx, { after, limit })
    const rows = found.map(({ id, secret }) => ({ id, purpose: factorPurpose(id), sealed: secret }))
    const portion = await resealEach(secretKeys, rows, { change, store: ({ id, sealed: was }, secret) => factors.reseal(tx, { id, was, secret }) })
    return { ...portion, last: lastOf(rows, { limit }) }
  }),
})
