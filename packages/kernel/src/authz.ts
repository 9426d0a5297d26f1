import { permissions, type Permission, type SwitchName } from '@intellidocs/contracts'
import type { AnyTRPCRouter } from '@trpc/server'
import type { Actor } from './actor.ts'
import { AppError } from './app-error.ts'

type ResourceOf<P> = P extends `${infer R}:${string}` ? R : never
type ActionOf<P, R extends string> = P extends `${R}:${infer A}` ? A : never
export type Resource = ResourceOf<Permission>

/** Who may call: anybody, anybody signed in, administrators of the installation, or members whose role holds `<resource>:<action>`. */
export type Authz =
  | { readonly public: true }
  | { readonly signedIn: true }
  | { readonly platform: true }
  | { readonly resource: string; readonly action: string }

/**
 * `base` is set by the base procedures and tells which of them a procedure was built on. `whileReadOnly`: a mutation that goes on while the installation
 * takes no changes; those of its administrators do anyway. `whileUnpaid`: a mutation of an organization that goes on while its plan takes no changes, and why.
 */
export type Meta = {
  readonly authz?: Authz; readonly base?: 'public' | 'user' | 'platform' | 'org' | 'read'; readonly whileReadOnly?: true; readonly whileUnpaid?: WhyWhileUnpaid
  /** Refused while this is switched off. */
  readonly switchedBy?: SwitchName
}

/** `reading` is what changes nothing but what is remembered of a reader; `protecting` is what keeps something from being seen or lost. */
export type WhyWhileUnpaid = 'reading' | 'exporting' | 'deleting' | 'paying' | 'deciding' | 'protecting'

/** Meta of an `orgProcedure` or a `readProcedure`: the permission that the actor's role must hold. */
export const may = <R extends Resource>(resource: R, action: ActionOf<Permission, R>): { authz: Authz } => ({ authz: { resource, action } })

/** Meta of a `publicProcedure`: anybody may call it, on purpose. */
export const open: { authz: Authz } = { authz: { public: true } }

/** Meta of what people need to come in and leave, whatever else may be changed. */
export const whileReadOnly: { whileReadOnly: true } = { whileReadOnly: true }

/** Meta of a mutation that goes on while the plan of its organization takes no changes. */
export const whileUnpaid = (why: WhyWhileUnpaid): { whileUnpaid: WhyWhileUnpaid } => ({ whileUnpaid: why })

/** Meta of a mutation that is refused while this is switched off. */
export const switchedBy = (name: SwitchName): { switchedBy: SwitchName } => ({ switchedBy: name })

/** The permission an organization procedure asks for; null when it names none or one that does not exist. */
export function permissionOf(meta: Meta | undefined): Permission | null {
  const authz = meta?.authz
  if (authz === undefined || !('resource' in authz)) return null
  return permissions.find((p) => p === `${authz.resource}:${authz.action}`) ?? null
}

/** @throws AppError auth.forbidden, with what is lacking, and by what they came in where that may be why */
export function mustHold(actor: Actor, permission: Permission): void {
  if (!actor.permissions.has(permission)) throw new AppError('auth.forbidden', { details: { permission, ...(actor.kind === 'apiKey' ? { via: 'apiKey' } : {}) } })
}

function fault(meta: Meta | undefined): string | null {
  const authz = meta?.authz
  if (authz === undefined) return 'declares no authz'
  if (meta?.base === undefined) return 'is not built on a base procedure of the kernel'
  if (meta.base === 'public') return 'public' in authz ? null : 'is public but declares something else than `open`'
  if (meta.base === 'user') return 'signedIn' in authz ? null : 'is for people signed in but declares something else'
  if (meta.base === 'platform') return 'platform' in authz ? null : 'is for administrators of the installation but declares something else'
  return permissionOf(meta) === null ? 'is for an organization but names no known permission' : null
}

/** Throws, naming every procedure that does not say who may call it. Run at start and in a test. */
export function assertAllAuthorized(router: AnyTRPCRouter): void {
  const procedures = router._def.procedures as Record<string, { _def: { meta?: unknown } }>
  const faults = Object.entries(procedures).flatMap(([path, procedure]) => {
    const found = fault(procedure._def.meta as Meta | undefined)
    return found === null ? [] : [`${path} ${found}`]
  })
  if (faults.length > 0) throw new Error(`procedures without a valid meta.authz: ${faults.join('; ')}`)
}
