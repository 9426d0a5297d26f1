import { subscriber, type Subscriber } from '@intellidocs/kernel'
import type { PrivacyService } from './privacy.service.ts'

/** An account that ended is forgotten by each of its organizations. Twice is as once. */
export const forgetAccounts = (privacy: Pick<PrivacyService, 'forget'>): Subscriber => subscriber({
  name: 'privacy.forget-accounts',
  events: ['users.deleted.v1'],
  handle: async ({ payload: { userId, orgs } }) => {
    for (const orgId of orgs) await privacy.forget(orgId, userId)
  },
})
