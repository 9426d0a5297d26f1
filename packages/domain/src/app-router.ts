import type { AnyTRPCRouter, TRPCCreateRouterOptions } from '@trpc/server'
import { assertAllAuthorized, mergeRouters, router } from '@intellidocs/kernel'
import type { Modules } from './modules.ts'

type RoutersOf<M> = M extends { readonly routers: infer R } ? R : never
type Intersection<U> = (U extends unknown ? (part: U) => void : never) extends (whole: infer W) => void ? W : never

/**
 * Every router of every module by its name. A name with a dot, `a.b`, is a router `b` that another module puts below the router `a`; one with a dot at its end, `a.`, holds
 * procedures that another module puts beside those of `a`.
 */
type Named = Intersection<RoutersOf<Modules[keyof Modules]>>
type Below<Name extends string> = { [N in keyof Named as N extends `${Name}.${infer Child}` ? Child : never]: Named[N] }

const withBelow = <Parent extends AnyTRPCRouter, Children extends TRPCCreateRouterOptions>(parent: Parent, children: Children) => mergeRouters(parent, router(children))
type With<Parent, Children> = keyof Children extends never ? Parent
  : Parent extends AnyTRPCRouter ? Children extends TRPCCreateRouterOptions ? ReturnType<typeof withBelow<Parent, Children>> : never : never
const beside = <One extends AnyTRPCRouter, Other extends AnyTRPCRouter>(one: One, other: Other) => mergeRouters(one, other)
type Whole<Parent, Children> = Children extends { '': infer Other extends AnyTRPCRouter }
  ? Parent extends AnyTRPCRouter ? With<ReturnType<typeof beside<Parent, Other>>, Omit<Children, ''>> : never
  : With<Parent, Children>

type AllRouters = { [N in keyof Named as N extends `${string}.${string}` ? never : N]: Whole<Named[N], Below<N & string>> }

function twice(names: readonly string[]): string | undefined {
  return names.find((name, at) => names.indexOf(name) !== at)
}

/** By its name each, those with a dot in their place. Throws where two have one name, or one has no place. */
export function placeRouters(parts: readonly Readonly<Record<string, AnyTRPCRouter>>[]): Record<string, AnyTRPCRouter> {
  const all = parts.flatMap((part) => Object.entries(part))
  const same = twice(all.map(([name]) => name))
  if (same !== undefined) throw new Error(`two modules have a router called ${same}`)
  const placed = Object.fromEntries(all.filter(([name]) => !name.includes('.')))
  for (const [name, below] of all.filter(([dotted]) => dotted.includes('.'))) {
    const [parentName = '', childName = '', ...deeper] = name.split('.')
    const parent = placed[parentName]
    if (parent === undefined || deeper.length > 0) throw new Error(`there is no place for a router called ${name}`)
    const taken = new Set(Object.keys(parent._def.record as object))
    const double = (childName === '' ? Object.keys(below._def.record as object) : [childName]).find((own) => taken.has(own))
    if (double !== undefined) throw new Error(`two modules have a router called ${parentName}.${double}`)
    placed[parentName] = childName === '' ? beside(parent, below) : withBelow(parent, { [childName]: below })
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
