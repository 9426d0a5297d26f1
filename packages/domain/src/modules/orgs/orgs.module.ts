import type { Clock, Outbox, RunAsIdentity, RunInTx, Subscriber } from '@intellidocs/kernel'
import { createActor } from '../users/index.ts'
import { orgsRepository } from './orgs.repository.ts'
import { createOrgsRouter } from './orgs.router.ts'
import { createOrgsService } from './orgs.service.ts'

export type OrgsDeps = { runInTx: RunInTx; runAsIdentity: RunAsIdentity; outbox: Outbox; clock: Clock }

export function createOrgsModule(deps: OrgsDeps) {
  const service = createOrgsService({ ...deps, repository: orgsRepository, createActor })
  return {
    name: 'orgs',
    routers: { orgs: createOrgsRouter(service) },
    subscribers: [] as Subscriber[],
    create: service.create,
  } as const
}
