import type { AnyTRPCRouter, TRPCCreateRouterOptions } from '@trpc/server'
import { assertAllAuthorized, mergeRouters, router } from '@intellidocs/kernel'
import type { Modules } from './modules.ts'

type RoutersOf<M> = M extends { readonly routers: infer R } ? R : never
type Intersection<U> = (U extends unknown ? (part: U) => void : never) extends (whole: infer W) => void ? W : never

/** Every router of every module by its name. A name with a dot, `a.b`, is a router `b` that another module puts below the router `a`. */
type Named = Intersection<RoutersOf<Modules[keyof Modules]>>
type Below<Name extends string> = { [N in keyof Named as N extends `${Name}.${infer Child}` ? Child : never]: Named[N] }

const withBelow = <Parent extends AnyTRPCRouter, Children extends TRPCCreateRouterOptions>(parent: Parent, children: Children) => mergeRouters(parent, router(children))
type With<Parent, Children> = keyof Children extends never ? Parent
  : Parent extends AnyTRPCRouter ? Children extends TRPCCreateRouterOptions ? ReturnType<typeof withBelow<Parent, Children>> : never : never

type AllRouters = { [N in keyof Named as N extends `${string}.${string}` ? never : N]: With<Named[N], Below<N & string>> }

function twice(names: readonly string[]): string | undefined {
  return names.find((name, at) => names.indexOf(name) !== at)
}

/** By its name each, those with a dot in their place. Throws where two have one name, or one has no place. */
export function placeRouters(parts: readonly Readonly<Record<string, AnyTRPCRouter>>[]): Record<string, AnyTRPCRouter> {
  const all = parts.flatMap((part) => Object.entries(part))
  const double = twice(all.map(([name]) => name))
  if (double !== undefined) throw new Error(`two modules have a router called ${double}`)
  const placed = Object.fromEntries(all.filter(([name]) => !name.includes('.')))
  for (const [name, below] of all.filter(([dotted]) => dotted.includes('.'))) {
    const [parentName = '', childName = '', ...deeper] = name.split('.')
    const parent = placed[parentName]
    if (parent === undefined || deeper.length > 0) throw new Error(`there is no place for a router called ${name}`)
    if (Object.keys(parent._def.record as object).includes(childName)) throw new Error(`two modules have a router called ${name}`)
    placed[parentName] = withBelow(parent, { [childName]: below })
  }
  return placed
}

/** The whole API. Throws when a procedure does not say who may call it. */
export function createAppRouter(modules: Modules) {
  const appRouter = router(placeRouters(Object.values(modules).map((module) => module.routers)) as AllRouters)
  assertAllAuthorized(appRouter)
  return appRouter
}

export type AppRouter = ReturnType<typeof createAppRouter>
