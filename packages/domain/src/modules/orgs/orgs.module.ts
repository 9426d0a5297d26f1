import type { Actor, Clock, Outbox, Person, RunAsIdentity, RunInTx, Subscriber } from '@intellidocs/kernel'
import type { OrgId } from '@intellidocs/contracts'
import { createActor, newHolding } from '../users/index.ts'
import { orgsRepository } from './orgs.repository.ts'
import { createOrgsRouter } from './orgs.router.ts'
import { createOrgsService } from './orgs.service.ts'

export type OrgsDeps = { runInTx: RunInTx; runAsIdentity: RunAsIdentity; outbox: Outbox; clock: Clock }

function ownerOf(orgId: OrgId, { userId, requestId, source }: Person): Actor {
  return createActor({ kind: 'user', userId, orgId, holding: newHolding({ orgId, userId, role: 'owner' }), scopes: null, requestId, source })
}

export function createOrgsModule(deps: OrgsDeps) {
  const service = createOrgsService({ ...deps, repository: orgsRepository, ownerOf })
  return {
    name: 'orgs',
    routers: { orgs: createOrgsRouter(service) },
    subscribers: [] as Subscriber[],
    create: service.create,
  } as const
}
