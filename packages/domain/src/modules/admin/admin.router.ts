import { adminContract as contract, type InstallationHealth } from '@intellidocs/contracts'
import { open, platformActor, platformProcedure, publicProcedure, router } from '@intellidocs/kernel'
import type { AuditService } from '../audit/index.ts'
import type { OrgsAdministration, SupportAdministration } from '../orgs/index.ts'
import type { UsersAdministration } from '../users/index.ts'
import type { ChecksService } from './checks/checks.service.ts'
import type { AdminUnit } from './admin.unit.ts'
import type { KeysService } from './keys.service.ts'
import type { createPlanSetting } from './plan.service.ts'
import type { SettingsService } from './settings.service.ts'
import type { StalledHooksService } from './stalled-hooks.service.ts'
import type { SwitchesService } from './switches.service.ts'
import type { WorkService } from './work.service.ts'

export type AdminRouterDeps = {
  unit: AdminUnit; orgs: OrgsAdministration; users: UsersAdministration; audit: Pick<AuditService, 'list' | 'verify'>; work: WorkService
  settings: SettingsService; health: () => Promise<InstallationHealth>; setPlan: ReturnType<typeof createPlanSetting>; support: SupportAdministration; checks: ChecksService; webhooks: StalledHooksService; switching: SwitchesService; keys: KeysService
}

/** Looks up, before anything of the call is seen, that whoever calls is an administrator now. */
const adminProcedure = ({ admit }: AdminUnit) => platformProcedure.use(async ({ ctx, next }) => {
  await admit(ctx.person)
  return next()
})
type AdminProcedure = ReturnType<typeof adminProcedure>

export function createAdminRouter({ unit, orgs, users, audit, work, settings, health, setPlan, support, checks, webhooks, switching, keys }: AdminRouterDeps) {
  const procedure = adminProcedure(unit)
  return router({
    orgs: orgsRouter(procedure, { unit, orgs, setPlan }), users: usersRouter(procedure, unit, users), audit: auditRouter(procedure, audit),
    jobs: jobsRouter(procedure, work), outbox: outboxRouter(procedure, work), settings: settingsRouter(procedure, settings),
    support: supportRouter(procedure, unit, support), verify: verifyRouter(procedure, checks), webhooks: webhooksRouter(procedure, webhooks), switches: switchesRouter(procedure, switching), keys: keysRouter(procedure, keys),
    health: procedure.output(contract.health.output).query(() => health()),
  })
}

/** What everybody is told of the installation. */
export const createInstallationRouter = (settings: SettingsService) => router({
  status: publicProcedure.meta(open).output(contract.installationStatus.output).query(() => settings.status()),
})

const orgsRouter = (procedure: AdminProcedure, { unit, orgs, setPlan }: Pick<AdminRouterDeps, 'unit' | 'orgs' | 'setPlan'>) => router({
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
  setPlan: procedure.input(contract.setPlan.input).output(contract.setPlan.output).mutation(({ ctx, input }) => setPlan(ctx.person, input)),
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

const jobsRouter = (procedure: AdminProcedure, work: WorkService) => router({
  list: procedure.input(contract.listJobs.input).output(contract.listJobs.output).query(({ input }) => work.jobs(input)),
  count: procedure.input(contract.countJobs.input).output(contract.countJobs.output).query(({ ctx, input }) => work.countJobs(ctx.person, input)),
  retry: procedure.input(contract.retryJobs.input).output(contract.retryJobs.output).mutation(({ ctx, input }) => work.retry(ctx.person, input)),
  cancel: procedure.input(contract.cancelJobs.input).output(contract.cancelJobs.output).mutation(({ ctx, input }) => work.cancel(ctx.person, input)),
})

const outboxRouter = (procedure: AdminProcedure, work: WorkService) => router({
  list: procedure.input(contract.listParked.input).output(contract.listParked.output).query(({ input }) => work.parked(input)),
  count: procedure.input(contract.countParked.input).output(contract.countParked.output).query(({ ctx, input }) => work.countParked(ctx.person, input)),
  release: procedure.input(contract.releaseParked.input).output(contract.releaseParked.output).mutation(({ ctx, input }) => work.release(ctx.person, input)),
  drop: procedure.input(contract.dropParked.input).output(contract.dropParked.output).mutation(({ ctx, input }) => work.drop(ctx.person, input)),
})

const keysRouter = (procedure: AdminProcedure, keys: KeysService) => router({
  status: procedure.output(contract.keyStatus.output).query(() => keys.status()),
  reseal: procedure.input(contract.resealKeys.input).output(contract.resealKeys.output).mutation(({ ctx, input }) => keys.reseal(ctx.person, input)),
})

const webhooksRouter = (procedure: AdminProcedure, webhooks: StalledHooksService) => router({
  list: procedure.input(contract.listStalledHooks.input).output(contract.listStalledHooks.output).query(({ input }) => webhooks.list(input)),
  count: procedure.input(contract.countStalledHooks.input).output(contract.countStalledHooks.output).query(({ ctx, input }) => webhooks.count(ctx.person, input)),
  release: procedure.input(contract.releaseStalledHooks.input).output(contract.releaseStalledHooks.output).mutation(({ ctx, input }) => webhooks.release(ctx.person, input)),
  drop: procedure.input(contract.dropStalledHooks.input).output(contract.dropStalledHooks.output).mutation(({ ctx, input }) => webhooks.drop(ctx.person, input)),
})

const switchesRouter = (procedure: AdminProcedure, switches: SwitchesService) => router({
  list: procedure.output(contract.listSwitches.output).query(() => switches.list()),
  set: procedure.input(contract.setSwitch.input).output(contract.setSwitch.output).mutation(({ ctx, input }) => switches.set(ctx.person, input)),
})

const settingsRouter = (procedure: AdminProcedure, settings: SettingsService) => router({
  get: procedure.output(contract.getSettings.output).query(() => settings.get()),
  set: procedure.input(contract.setSettings.input).output(contract.setSettings.output).mutation(({ ctx, input }) => settings.set(ctx.person, input)),
})

const verifyRouter = (procedure: AdminProcedure, checks: ChecksService) => router({
  start: procedure.input(contract.startCheck.input).output(contract.startCheck.output).mutation(({ ctx, input }) => checks.start(ctx.person, input)),
  get: procedure.input(contract.getCheck.input).output(contract.getCheck.output).query(({ input }) => checks.get(input.id ?? null)),
  cancel: procedure.input(contract.cancelCheck.input).output(contract.cancelCheck.output).mutation(({ ctx, input }) => checks.cancel(ctx.person, input.id)),
})

const supportRouter = (procedure: AdminProcedure, unit: AdminUnit, support: SupportAdministration) => router({
  list: procedure.input(contract.listConsents.input).output(contract.listConsents.output)
    .query(({ ctx: { person }, input }) => unit.look((tx) => support.list({ tx, person }, input))),
  open: procedure.input(contract.openSupport.input).output(contract.openSupport.output)
    .mutation(({ ctx, input }) => unit.act(ctx.person, (deed) => support.open(deed, input))),
})
