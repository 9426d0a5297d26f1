import type { WebhookEndpointId } from '@intellidocs/contracts'
import { lastOf, newId, resealEach, systemActor, type SealedRows } from '@intellidocs/kernel'
import { SECRET_PURPOSE } from './signing.ts'
import type { WebhooksDeps } from './webhooks.deps.ts'

type Deps = Pick<WebhooksDeps, 'runInTx' | 'endpoints' | 'secretKeys'>

/** The secrets of endpoints, the present ones and those that still sign beside them. */
export const sealedSecrets = ({ runInTx, endpoints, secretKeys }: Deps): SealedRows => ({
  kind: 'webhooks', byOrg: true,
  portion: ({ orgId, after, limit, change }) => {
    if (orgId === null) throw new Error('secrets of webhooks are looked at by organization')
    return runInTx(systemActor(orgId, newId()), async (tx) => {
      const found = await endpoints.secrets(tx, orgId, { after, limit })
      const rows = found.flatMap(({ id, secret, oldSecret }) => [secret, ...(oldSecret === null ? [] : [oldSecret])].map((sealed) => ({ id, purpose: SECRET_PURPOSE, sealed })))
      const portion = await resealEach(secretKeys, rows, {
        change, store: (row, secret) => endpoints.reseal(tx, { orgId, id: row.id as WebhookEndpointId }, { was: row.sealed, secret }),
      })
      return { ...portion, last: lastOf(found, { limit }) }
    })
  },
})
