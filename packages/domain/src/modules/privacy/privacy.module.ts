import type { Subscriber } from '@intellidocs/kernel'
import { erasedRepository } from './erased.repository.ts'
import { createNamesFrom, type Names } from './names.ts'
import { personalRepository } from './personal.repository.ts'
import type { NamesDeps, PrivacyDeps } from './privacy.deps.ts'
import { createPrivacyRouter } from './privacy.router.ts'
import { createPrivacyService } from './privacy.service.ts'
import { forgetAccounts } from './privacy.subscribers.ts'

/** For modules that show names of the past. By itself, because the module stands above those. */
export const createNames = (deps: NamesDeps): Names => createNamesFrom(deps, erasedRepository)

/** What is held about one person: told to them, and forgotten. Part of the API's `retention`. */
export function createPrivacyModule(deps: Omit<PrivacyDeps, 'personal' | 'erased'>) {
  const service = createPrivacyService({ ...deps, personal: personalRepository, erased: erasedRepository })
  return {
    name: 'privacy',
    routers: { 'retention.': createPrivacyRouter(service) },
    subscribers: [forgetAccounts(service)] as Subscriber[],
    ...service,
  } as const
}
