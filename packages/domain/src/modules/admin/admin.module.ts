import type { Clock, Log, RunAsAdmin, RunAsSystem, SealedRows, Subscriber } from '@intellidocs/kernel'
import { checksRepository } from './checks/checks.repository.ts'
import { createChecksService, type ChecksDeps } from './checks/checks.service.ts'
import { createAdminRouter, createInstallationRouter, type AdminRouterDeps } from './admin.router.ts'
import { createAdminUnit } from './admin.unit.ts'
import { createHealth, type HealthDeps } from './health.service.ts'
import { createKeysService } from './keys.service.ts'
import { createPlanSetting, type PlanDeps } from './plan.service.ts'
import { createSelectionTokens } from './selection.ts'
import { settingsRepository } from './settings.repository.ts'
import { createSettingsService } from './settings.service.ts'
import { stalledHooksRepository } from './stalled-hooks.repository.ts'
import { createStalledHooksService, type HooksAdministration } from './stalled-hooks.service.ts'
import { createSwitchesService, type Switches } from './switches.service.ts'
import { workRepository } from './work.repository.ts'
import { createWorkService, type WorkDeps } from './work.service.ts'

export type AdminDeps = Pick<AdminRouterDeps, 'orgs' | 'users' | 'audit' | 'support'> & Pick<WorkDeps, 'documents' | 'flows'> & Omit<HealthDeps, 'runAsSystem'> & Pick<PlanDeps, 'setPlan' | 'mayBeGiven'>
  & Pick<ChecksDeps, 'indexFaults' | 'checkBlobs'> & {
  hooks: HooksAdministration
  /** What is sealed by the secret key, by the modules whose it is. */
  sealed: readonly SealedRows[]
  switches: Switches
  runAsAdmin: RunAsAdmin; runAsSystem: RunAsSystem; clock: Clock; log: Log
  /** 32 bytes each; the old ones open what they sealed. */
  secretKey: Buffer; oldSecretKeys?: readonly Buffer[]
}

/** What the administrators of the installation do, by the modules whose it is; no other module calls this one. */
export function createAdminModule({ runAsAdmin, runAsSystem, clock, log, secretKey, oldSecretKeys = [], documents, flows, hooks, switches, sealed, ...deps }: AdminDeps) {
  const unit = createAdminUnit({ runAsAdmin, users: deps.users })
  const tokens = createSelectionTokens({ clock, secretKeys: [secretKey, ...oldSecretKeys] })
  const work = createWorkService({ unit, tokens, documents, flows, log, repository: workRepository })
  const webhooks = createStalledHooksService({ unit, tokens, hooks, log, repository: stalledHooksRepository })
  const switching = createSwitchesService({ unit, switches, orgs: deps.orgs, repository: settingsRepository })
  const settings = createSettingsService({ unit, runAsSystem, repository: settingsRepository })
  const checks = createChecksService({ ...deps, unit, runAsAdmin, repository: checksRepository })
  const keys = createKeysService({ unit, sealed, secretKeys: [secretKey, ...oldSecretKeys], orgAfter: checksRepository.nextOrg })
  const health = createHealth({ ...deps, runAsSystem })
  const setPlan = createPlanSetting({ ...deps, unit })
  return {
    name: 'admin',
    routers: { admin: createAdminRouter({ ...deps, unit, work, settings, health, setPlan, checks, webhooks, switching, keys }), installation: createInstallationRouter(settings) },
    subscribers: [] as Subscriber[],
    /** For the worker that checks storage and index. */
    checks,
    /** For the process that lets people in. */
    switches,
    /** For the process that lets people in: throws `installation.read_only` while nothing is to be changed. */
    mayChange: settings.mayChange,
  } as const
}
