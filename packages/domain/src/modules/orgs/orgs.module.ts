import type { OrgId } from '@intellidocs/contracts'
import type {
  Actor, AttemptGuard, Clock, DeletionGate, MailQueue, Outbox, Person, QuotaGate, RunAsIdentity, RunAsSystem, RunInTx, Subscriber,
} from '@intellidocs/kernel'
import type { BlobStore } from '@intellidocs/storage'
import { closedGuard, createActor, newHolding } from '../users/index.ts'
import { createAdministration } from './administration.ts'
import { administrationRepository } from './administration.repository.ts'
import { groupsRepository } from './groups.repository.ts'
import { createGroupsService } from './groups.service.ts'
import { invitationsRepository } from './invitations.repository.ts'
import { createInvitationsService, type InvitationsDeps } from './invitations.service.ts'
import { membersRepository } from './members.repository.ts'
import { createMembersService } from './members.service.ts'
import { orgsRepository } from './orgs.repository.ts'
import { createOrgsRouter } from './orgs.router.ts'
import { createOrgsService } from './orgs.service.ts'
import { followDeletion } from './orgs.subscribers.ts'
import { purgeRepository } from './purge.repository.ts'
import { createPurgeService } from './purge.service.ts'
import type { PurgeGateway } from './purge.types.ts'
import { createSupportAdministration, createSupportService } from './support.ts'
import { supportRepository } from './support.repository.ts'
import { rolesRepository } from './roles.repository.ts'
import { createRolesService } from './roles.service.ts'

export type OrgsDeps = {
  runInTx: RunInTx; runAsIdentity: RunAsIdentity; runAsSystem: RunAsSystem; outbox: Outbox; clock: Clock; mail: MailQueue; blobs: BlobStore; quota: QuotaGate; deletions: DeletionGate
  /** 32 bytes. */
  secretKey: Buffer
  attemptGuard?: AttemptGuard
  /** Days in which a deletion can be taken back; 30 when absent. */
  orgDeleteGraceDays?: number | undefined
  /** The worker's; absent in the others, which never run subscribers. */
  purge?: PurgeGateway
}

function ownerOf(orgId: OrgId, { userId, requestId, source }: Person): Actor {
  return createActor({ kind: 'user', userId, orgId, holding: newHolding({ orgId, userId, role: 'owner' }), scopes: null, requestId, source })
}

const memberOf: InvitationsDeps['memberOf'] = (orgId, { userId, requestId, source }, { role, permissions }) => {
  const { principals } = newHolding({ orgId, userId, role: role === 'custom' ? 'viewer' : role })
  return createActor({ kind: 'user', userId, orgId, holding: { role, permissions, principals }, scopes: null, requestId, source })
}

export function createOrgsModule(deps: OrgsDeps) {
  const { attemptGuard: attempts = closedGuard, orgDeleteGraceDays: graceDays = 30 } = deps
  const [members, roles] = [membersRepository, rolesRepository]
  const service = createOrgsService({ ...deps, repository: orgsRepository, members, graceDays, ownerOf })
  const invitations = createInvitationsService({
    ...deps, attempts, invitations: invitationsRepository, members, roles, orgs: orgsRepository, memberOf,
  })
  const membersService = createMembersService({ ...deps, members, roles })
  const purge = createPurgeService({ ...deps, repository: purgeRepository })
  return {
    name: 'orgs',
    routers: {
      orgs: createOrgsRouter({
        orgs: service, invitations, members: membersService,
        groups: createGroupsService({ ...deps, groups: groupsRepository, members }), roles: createRolesService({ ...deps, roles }),
        support: createSupportService({ ...deps, support: supportRepository }),
      }),
    },
    subscribers: [followDeletion({ runInTx: deps.runInTx, repository: purgeRepository, purge: deps.purge })] as Subscriber[],
    create: service.create, remove: service.remove, undelete: service.undelete,
    /** For somebody who is erased: ends the membership as `members.remove` does, and in the caller's unit what is still open for their address. */
    endMembership: membersService.remove, forgetInvitation: invitations.forget,
    /** For signing up by invitation. */
    invitationGate: invitations.gate,
    /** For the administrators of the installation. */
    administration: createAdministration({ ...deps, repository: administrationRepository, graceDays }),
    supportAdministration: createSupportAdministration({ ...deps, support: supportRepository }),
    /** What the worker's activities are made of. */
    purge,
  } as const
}
