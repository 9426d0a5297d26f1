import { intakeContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, whileUnpaid, switchedBy } from '@intellidocs/kernel'
import type { IntakeService } from './intake.service.ts'

const creating = orgProcedure.meta(may('documents', 'create'))

export const createUploadRequestsRouter = (requests: IntakeService) => router({
  create: creating.meta(switchedBy('uploadRequests')).input(contract.create.input).output(contract.create.output)
    .mutation(({ ctx, input }) => requests.create(ctx.actor, input)),
  list: creating.input(contract.list.input).output(contract.list.output)
    .query(({ ctx, input }) => requests.list(ctx.actor, input)),
  update: creating.meta(switchedBy('uploadRequests')).input(contract.update.input).output(contract.update.output)
    .mutation(({ ctx, input }) => requests.update(ctx.actor, input)),
  revoke: creating.meta(whileUnpaid('deleting')).input(contract.revoke.input).output(contract.revoke.output)
    .mutation(({ ctx, input }) => requests.revoke(ctx.actor, input)),
})
