import { flowRunsContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, whileUnpaid, switchedBy } from '@intellidocs/kernel'
import type { Certificates } from './certificates/certificates.ts'
import { certificateProcedures } from './certificates/certificates.router.ts'
import type { createDefinitionsRouter } from './definitions.router.ts'
import type { WorkflowsService } from './workflows.service.ts'

type DefinitionsRouter = ReturnType<typeof createDefinitionsRouter>

const reading = orgProcedure.meta(may('flows', 'read'))
const starting = orgProcedure.meta(may('flows', 'start'))
const deciding = orgProcedure.meta(may('tasks', 'decide'))

type Parts = WorkflowsService & { readonly certificates: Certificates }

const runsRouter = ({ runs, certificates }: Parts) => router({
  ...certificateProcedures(certificates),
  start: starting.meta(switchedBy('flows')).input(contract.startRun.input).output(contract.startRun.output)
    .mutation(({ ctx, input }) => runs.start(ctx.actor, input)),
  list: reading.input(contract.listRuns.input).output(contract.listRuns.output)
    .query(({ ctx, input }) => runs.list(ctx.actor, input)),
  get: reading.input(contract.getRun.input).output(contract.getRun.output)
    .query(({ ctx, input }) => runs.get(ctx.actor, input)),
  withdraw: starting.meta(whileUnpaid('deciding')).input(contract.withdrawRun.input).output(contract.withdrawRun.output)
    .mutation(({ ctx, input }) => runs.withdraw(ctx.actor, input)),
  comment: deciding.meta(whileUnpaid('deciding')).input(contract.commentRun.input).output(contract.commentRun.output)
    .mutation(({ ctx, input }) => runs.comment(ctx.actor, input)),
})

const tasksRouter = ({ tasks }: WorkflowsService) => router({
  list: deciding.input(contract.listTasks.input).output(contract.listTasks.output)
    .query(({ ctx, input }) => tasks.list(ctx.actor, input)),
  decide: deciding.meta(whileUnpaid('deciding')).input(contract.decideTask.input).output(contract.decideTask.output)
    .mutation(({ ctx, input }) => tasks.decide(ctx.actor, input)),
  delegate: deciding.meta(whileUnpaid('deciding')).input(contract.delegateTask.input).output(contract.delegateTask.output)
    .mutation(({ ctx, input }) => tasks.delegate(ctx.actor, input)),
  reassign: starting.meta(whileUnpaid('deciding')).input(contract.reassignTask.input).output(contract.reassignTask.output)
    .mutation(({ ctx, input }) => tasks.reassign(ctx.actor, input)),
  delegations: router({
    list: deciding.input(contract.listDelegations.input).output(contract.listDelegations.output)
      .query(({ ctx, input }) => tasks.delegations.list(ctx.actor, input)),
    revoke: deciding.meta(whileUnpaid('deciding')).input(contract.revokeDelegation.input).output(contract.revokeDelegation.output)
      .mutation(({ ctx, input }) => tasks.delegations.revoke(ctx.actor, input)),
  }),
})

export const createWorkflowsRouter = (workflows: Parts, definitions: DefinitionsRouter) =>
  router({ definitions, runs: runsRouter(workflows), tasks: tasksRouter(workflows) })
