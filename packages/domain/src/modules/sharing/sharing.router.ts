import { sharingContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, whileUnpaid, switchedBy } from '@intellidocs/kernel'
import type { SharingService } from './sharing.module.ts'

const reading = orgProcedure.meta(may('documents', 'read'))
const sharing = orgProcedure.meta(may('documents', 'edit'))
const managing = orgProcedure.meta(may('orgs', 'manage'))

export const createSharesRouter = (shares: SharingService) => router({
  create: sharing.meta(switchedBy('shareLinks')).input(contract.createShare.input).output(contract.createShare.output)
    .mutation(({ ctx, input }) => shares.create(ctx.actor, input)),
  list: reading.input(contract.listShares.input).output(contract.listShares.output)
    .query(({ ctx, input }) => shares.list(ctx.actor, input)),
  update: sharing.meta(switchedBy('shareLinks')).input(contract.updateShare.input).output(contract.updateShare.output)
    .mutation(({ ctx, input }) => shares.update(ctx.actor, input)),
  revoke: reading.meta(whileUnpaid('deleting')).input(contract.revokeShare.input).output(contract.revokeShare.output)
    .mutation(({ ctx, input }) => shares.revoke(ctx.actor, input)),
  activity: reading.input(contract.listActivity.input).output(contract.listActivity.output)
    .query(({ ctx, input }) => shares.activity(ctx.actor, input)),
  policy: router({
    get: reading.output(contract.getPolicy.output)
      .query(({ ctx }) => shares.policy.get(ctx.actor)),
    set: managing.input(contract.setPolicy.input).output(contract.setPolicy.output)
      .mutation(({ ctx, input }) => shares.policy.set(ctx.actor, input)),
  }),
})
