import { lastOf, newId, resealEach, systemActor, type SealedRows } from '@intellidocs/kernel'
import type { DocumentsDeps } from './documents.deps.ts'
import { passwordPurpose } from './password.ts'
import { listPasswords, resealPassword } from './versions.repository.ts'

type Deps = Pick<DocumentsDeps, 'runInTx' | 'secretKey' | 'oldSecretKeys'>

/** The passwords of locked files, which are kept to read these again. */
export const sealedPasswords = ({ runInTx, secretKey, oldSecretKeys = [] }: Deps): SealedRows => ({
  kind: 'passwords', byOrg: true,
  portion: ({ orgId, after, limit, change }) => {
    if (orgId === null) throw new Error('passwords of files are looked at by organization')
    return runInTx(systemActor(orgId, newId()), async (tx) => {
      const rows = (await listPasswords(tx, orgId, { after, limit })).map((row) => ({ ...row, purpose: passwordPurpose }))
      const portion = await resealEach([secretKey, ...oldSecretKeys], rows, { change, store: ({ id, sealed: was }, sealed) => resealPassword(tx, orgId, { id, was, sealed }) })
      return { ...portion, last: lastOf(rows, { limit }) }
    })
  },
})
