import { adminContract as contract } from '@intellidocs/contracts'
import { platformActor, platformProcedure, router } from '@intellidocs/kernel'
import type { AuditService } from '../audit/index.ts'
import type { OrgsAdministration } from '../orgs/index.ts'
import type { UsersAdministration } from '../users/index.ts'
import type { AdminUnit } from './admin.unit.ts'

export type AdminRouterDeps = { unit: AdminUnit; orgs: OrgsAdministration; users: UsersAdministration; audit: Pick<AuditService, 'list' | 'verify'> }

/** Looks up, before anything of the call is seen, that whoever calls is an administrator now. */
const adminProcedure = ({ admit }: AdminUnit) => platformProcedure.use(async ({ ctx, next }) => {
  await admit(ctx.person)
  return next()
})
type AdminProcedure = ReturnType<typeof adminProcedure>

export function createAdminRouter({ unit, orgs, users, audit }: AdminRouterDeps) {
  const procedure = adminProcedure(unit)
  return router({ orgs: orgsRouter(procedure, unit, orgs), users: usersRouter(procedure, unit, users), audit: auditRouter(procedure, audit) })
}

const orgsRouter = (procedure: AdminProcedure, unit: AdminUnit, orgs: OrgsAdministration) => router({
  list: procedure.input(contract.listOrgs.input).output(contract.listOrgs.output)
    .query(({ input }) => unit.look((tx) => orgs.list(tx, input))),
  get: procedure.input(contract.getOrg.input).output(contract.getOrg.output)
    .query(({ input }) => unit.look((tx) => orgs.get(tx, input.id))),
  create: procedure.input(contract.createOrg.input).output(contract.createOrg.output)
    .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => orgs.create(deed, input))),
  suspend: procedure.input(contract.suspendOrg.input).output(contract.suspendOrg.output)
    .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => orgs.suspend(deed, input))),
  resume: procedure.input(contract.resumeOrg.input).output(contract.resumeOrg.output)
    .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => orgs.resume(deed, input))),
  delete: procedure.input(contract.deleteOrg.input).output(contract.deleteOrg.output)
    .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => orgs.remove(deed, input))),
  restore: procedure.input(contract.restoreOrg.input).output(contract.restoreOrg.output)
    .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => orgs.restore(deed, input))),
})

const usersRouter = (procedure: AdminProcedure, unit: AdminUnit, users: UsersAdministration) => router({
  find: procedure.input(contract.findUsers.input).output(contract.findUsers.output)
    .query(({ input }) => unit.look((tx) => users.list(tx, input))),
  get: procedure.input(contract.getUser.input).output(contract.getUser.output)
    .query(({ input }) => unit.look((tx) => users.get(tx, input.id))),
  suspend: procedure.input(contract.suspendUser.input).output(contract.suspendUser.output)
    .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => users.suspend(deed, input))),
  resume: procedure.input(contract.resumeUser.input).output(contract.resumeUser.output)
    .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => users.resume(deed, input))),
  signOut: procedure.input(contract.signOutUser.input).output(contract.signOutUser.output)
    .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => users.signOut(deed, input))),
  resetSecondFactor: procedure.input(contract.askReset.input).output(contract.askReset.output)
    .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => users.askReset(deed, input))),
  resets: router({
    list: procedure.input(contract.listResets.input).output(contract.listResets.output)
      .query(({ input }) => unit.look((tx) => users.listResets(tx, input))),
    approve: procedure.input(contract.approveReset.input).output(contract.approveReset.output)
      .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => users.approveReset(deed, input))),
    refuse: procedure.input(contract.refuseReset.input).output(contract.refuseReset.output)
      .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => users.refuseReset(deed, input))),
  }),
})

const auditRouter = (procedure: AdminProcedure, audit: AdminRouterDeps['audit']) => router({
  list: procedure.input(contract.listPlatformAudit.input).output(contract.listPlatformAudit.output)
    .query(({ ctx, input }) => audit.list(platformActor(ctx.person), input)),
  verify: procedure.input(contract.verifyPlatformAudit.input).output(contract.verifyPlatformAudit.output)
    .query(({ ctx, input }) => audit.verify(platformActor(ctx.person), input)),
})
