import { retentionContract as contract } from '@intellidocs/contracts'
import { may, orgProcedure, router, whileUnpaid } from '@intellidocs/kernel'
import type { HoldsService } from './holds.service.ts'
import type { ReleasesService } from './releases.service.ts'
import type { RulesService } from './rules.service.ts'
import type { TombstonesService } from './tombstones.ts'

const reading = orgProcedure.meta(may('retention', 'read'))
const managing = orgProcedure.meta(may('retention', 'manage'))
const holding = orgProcedure.meta(may('holds', 'manage'))

type Services = { holds: HoldsService; rules: RulesService; releases: ReleasesService; tombstones: TombstonesService }

export const createRetentionRouter = ({ holds, rules, releases, tombstones }: Services) => router({
  holds: router({
    place: holding.meta(whileUnpaid('protecting')).input(contract.placeHold.input).output(contract.placeHold.output)
      .mutation(({ ctx, input }) => holds.place(ctx.actor, input)),
    list: reading.input(contract.listHolds.input).output(contract.listHolds.output)
      .query(({ ctx, input }) => holds.list(ctx.actor, input)),
    release: holding.meta(whileUnpaid('protecting')).input(contract.releaseHold.input).output(contract.releaseHold.output)
      .mutation(({ ctx, input }) => holds.release(ctx.actor, input)),
  }),
  rules: router({
    list: reading.output(contract.listRules.output).query(({ ctx }) => rules.list(ctx.actor)),
    set: managing.input(contract.setRule.input).output(contract.setRule.output)
      .mutation(({ ctx, input }) => rules.set(ctx.actor, input)),
    remove: managing.input(contract.removeRule.input).output(contract.removeRule.output)
      .mutation(({ ctx, input }) => rules.remove(ctx.actor, input)),
  }),
  trash: router({
    get: reading.output(contract.trashTime.output).query(({ ctx }) => rules.trash(ctx.actor)),
    set: managing.input(contract.setTrashTime.input).output(contract.setTrashTime.output)
      .mutation(({ ctx, input }) => rules.setTrash(ctx.actor, input)),
  }),
  releases: router({
    list: reading.input(contract.listReleases.input).output(contract.listReleases.output)
      .query(({ ctx, input }) => releases.list(ctx.actor, input)),
    record: managing.meta(whileUnpaid('deleting')).input(contract.recordRelease.input).output(contract.recordRelease.output)
      .mutation(({ ctx, input }) => releases.record(ctx.actor, input)),
  }),
  tombstones: router({
    list: reading.input(contract.listTombstones.input).output(contract.listTombstones.output)
      .query(({ ctx, input }) => tombstones.list(ctx.actor, input)),
    keys: reading.output(contract.tombstoneKeys.output).query(() => tombstones.keys()),
  }),
})
