import { workflowsContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, whileUnpaid } from '@intellidocs/kernel'
import type { DefinitionsService } from './definitions.types.ts'

export const createDefinitionsRouter = (definitions: DefinitionsService) => router({
  create: orgProcedure.meta(may('flows', 'manage')).input(contract.createFlow.input).output(contract.createFlow.output)
    .mutation(({ ctx, input }) => definitions.create(ctx.actor, input)),
  publish: orgProcedure.meta(may('flows', 'manage')).input(contract.publishFlow.input).output(contract.publishFlow.output)
    .mutation(({ ctx, input }) => definitions.publish(ctx.actor, input)),
  archive: orgProcedure.meta(may('flows', 'manage')).input(contract.archiveFlow.input).output(contract.archiveFlow.output)
    .mutation(({ ctx, input }) => definitions.archive(ctx.actor, input)),
  simulate: orgProcedure.meta({ ...may('flows', 'read'), ...whileUnpaid('reading') }).input(contract.simulateFlow.input).output(contract.simulateFlow.output)
    .mutation(({ ctx, input }) => definitions.simulate(ctx.actor, input)),
  list: orgProcedure.meta(may('flows', 'read')).input(contract.listFlows.input).output(contract.listFlows.output)
    .query(({ ctx, input }) => definitions.list(ctx.actor, input)),
  get: orgProcedure.meta(may('flows', 'read')).input(contract.getFlow.input).output(contract.getFlow.output)
    .query(({ ctx, input }) => definitions.get(ctx.actor, input)),
})
