import { retentionContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router } from '@intellidocs/kernel'
import type { HoldsService } from './holds.service.ts'

const reading = orgProcedure.meta(may('retention', 'read'))
const holding = orgProcedure.meta(may('holds', 'manage'))

export const createRetentionRouter = ({ holds }: { holds: HoldsService }) => router({
  holds: router({
    place: holding.input(contract.placeHold.input).output(contract.placeHold.output)
      .mutation(({ ctx, input }) => holds.place(ctx.actor, input)),
    list: reading.input(contract.listHolds.input).output(contract.listHolds.output)
      .query(({ ctx, input }) => holds.list(ctx.actor, input)),
    release: holding.input(contract.releaseHold.input).output(contract.releaseHold.output)
      .mutation(({ ctx, input }) => holds.release(ctx.actor, input)),
  }),
})
