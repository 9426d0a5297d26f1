import { assertAllAuthorized, router } from '@intellidocs/kernel'
import type { Modules } from './modules.ts'

type RoutersOf<M> = M extends { readonly routers: infer R } ? R : never
type Intersection<U> = (U extends unknown ? (part: U) => void : never) extends (whole: infer W) => void ? W : never

/** Every router of every module by its name. */
type AllRouters = Intersection<RoutersOf<Modules[keyof Modules]>>

function routersOf(modules: Modules): AllRouters {
  const parts = Object.values(modules).map((module) => module.routers)
  const names = parts.flatMap((part) => Object.keys(part))
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new Error(`two modules have a router called ${twice}`)
  return Object.assign({}, ...parts) as AllRouters
}

/** The whole API. Throws when a procedure does not say who may call it. */
export function createAppRouter(modules: Modules) {
  const appRouter = router(routersOf(modules))
  assertAllAuthorized(appRouter)
  return appRouter
}

export type AppRouter = ReturnType<typeof createAppRouter>
