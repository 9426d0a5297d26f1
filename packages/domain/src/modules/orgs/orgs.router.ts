import { orgsContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, userProcedure } from '@intellidocs/kernel'
import type { OrgsService } from './orgs.service.ts'

export const createOrgsRouter = (orgs: OrgsService) => router({
  create: userProcedure.input(contract.createOrg.input).output(contract.createOrg.output)
    .mutation(({ ctx, input }) => orgs.create(ctx, input)),
  list: userProcedure.input(contract.listOrgs.input).output(contract.listOrgs.output)
    .query(({ ctx, input }) => orgs.list(ctx, input)),
  get: orgProcedure.meta(may('orgs', 'read')).output(contract.getOrg.output)
    .query(({ ctx }) => orgs.get(ctx.actor)),
  members: router({
    list: orgProcedure.meta(may('members', 'read')).input(contract.listMembers.input).output(contract.listMembers.output)
      .query(({ ctx, input }) => orgs.members(ctx.actor, input)),
  }),
})
