import type { RunAsAdmin, Subscriber } from '@intellidocs/kernel'
import { createAdminRouter, type AdminRouterDeps } from './admin.router.ts'
import { createAdminUnit } from './admin.unit.ts'

export type AdminDeps = Omit<AdminRouterDeps, 'unit'> & { runAsAdmin: RunAsAdmin }

/** What the administrators of the installation do, by the modules whose it is; nobody calls this one. */
export function createAdminModule(deps: AdminDeps) {
  const unit = createAdminUnit(deps)
  return { name: 'admin', routers: { admin: createAdminRouter({ ...deps, unit }) }, subscribers: [] as Subscriber[] } as const
}
