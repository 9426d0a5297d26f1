import type { ErrorCode, Permission } from '@intellidocs/contracts'
import { permissionOf, type Meta } from '@intellidocs/kernel'
import type { Kind } from './ask.ts'
import { callers, type Who } from './callers.ts'
import type { Entry, Shape, Slot } from './entry.ts'
import { table } from './table.ts'
import { rules, things, type RuleName } from './things.ts'

export type Procedure = { readonly path: string; readonly kind: Kind; readonly meta: Meta; readonly takesInput: boolean; readonly entry: Entry }

type AnyProcedures = Readonly<Record<string, { readonly _def: { readonly type: string; readonly meta?: unknown; readonly inputs: readonly unknown[] } }>>

/** The procedures of a router with what the table says of them. Throws, naming them, for those that it says nothing of. */
export function proceduresOf(router: { readonly _def: { readonly procedures: object } }): Procedure[] {
  const procedures = router._def.procedures as AnyProcedures
  const unknown = Object.keys(procedures).filter((path) => table[path] === undefined)
  const gone = Object.keys(table).filter((path) => procedures[path] === undefined)
  if (unknown.length + gone.length > 0) throw new Error(`the table lacks ${unknown.join(', ') || 'nothing'} and has too much: ${gone.join(', ') || 'nothing'}`)
  return Object.entries(procedures).flatMap(([path, { _def }]) => {
    const entry = table[path]
    return entry === undefined ? [] : [{ path, kind: _def.type as Kind, meta: _def.meta as Meta, takesInput: _def.inputs.length > 0, entry }]
  })
}

/** What stands in the place of an id; `plain` for none. */
export type Target =
  | { readonly of: 'plain' }
  | { readonly of: 'ours' | 'theirs'; readonly state: string }
  | { readonly of: 'nowhere' }
  | { readonly of: 'malformed'; readonly value: unknown }

export type Case = {
  readonly procedure: Procedure
  readonly who: Who
  readonly shape: Shape
  /** The id that `target` stands in for; null: the call as it is, or with a key more than the input has. */
  readonly slot: string | null
  readonly target: Target
  /** The code, or `ok` where the call is admitted and may still end as the table's `ends` says. */
  readonly expected: ErrorCode | 'ok'
}

/** No ids; the middle one is an operator of a query where a text belongs. */
const MALFORMED: readonly unknown[] = ['not-an-id', { contains: '' }, '00000000-0000-0000-0000-00000000000%']

export const ruleOf = (slot: Slot): RuleName => (typeof slot === 'string' ? slot : slot.rule)
const absentOf = (slot: Slot): ErrorCode | 'ok' => (typeof slot === 'string' ? things[rules[slot].thing].absent : slot.absent)

/** What the slot says to the caller; null: nothing against it. */
function decide(slot: Slot, who: Who, target: Target | null): ErrorCode | null {
  const absent = absentOf(slot)
  // What answers alike for all that is not there answers so for what the caller does not see, too.
  if (absent === 'ok') return null
  if (target?.of === 'theirs' || target?.of === 'nowhere') return absent
  const rule = rules[ruleOf(slot)]
  return rule.decide(who, target?.of === 'ours' ? target.state : things[rule.thing].states[0])
}

function admission({ meta, entry }: Procedure, who: Who): ErrorCode | null {
  const { authz } = meta
  if (authz === undefined || 'public' in authz) return null
  if (who.by === 'nothing') return 'auth.required'
  if ('platform' in authz) return who.platform ? null : 'admin.required'
  const permission: Permission | null = permissionOf(meta)
  if (permission === null) return entry.inPerson === 'auth.session_required' && who.by === 'key' ? entry.inPerson : null
  if (!who.member) return 'org.not_found'
  return who.holds.has(permission) ? null : 'auth.forbidden'
}

type Asked = Omit<Case, 'expected'>

/** In the order in which the product looks: who calls, what was sent, who may at all, and then each thing that is named. */
function expected({ procedure, who, shape, slot, target }: Asked): ErrorCode | 'ok' {
  const { entry } = procedure
  const refused = admission(procedure, who)
  if (refused !== null) return refused
  if (entry.malformed !== undefined && entry.membersOnly !== undefined && !who.member) return entry.membersOnly
  if (target.of === 'malformed') return entry.malformed ?? 'input.invalid'
  if (entry.membersOnly !== undefined && !who.member) return entry.membersOnly
  if (entry.inPerson !== undefined && who.by === 'key') return entry.inPerson
  const denied = entry.may?.(who) ?? null
  if (denied !== null) return denied
  for (const [name, one] of Object.entries(shape.ids ?? {})) {
    const said = decide(one, who, name === slot ? target : null)
    if (said !== null) return said
  }
  return 'ok'
}

const targetsOf = (slot: Slot): Target[] => {
  const { states, ...thing } = things[rules[ruleOf(slot)].thing]
  return [
    ...states.map((state): Target => ({ of: 'ours', state })),
    ...('nobodys' in thing ? [] : states.map((state): Target => ({ of: 'theirs', state }))),
    { of: 'nowhere' }, ...MALFORMED.map((value): Target => ({ of: 'malformed', value })),
  ]
}

function ofShape(procedure: Procedure, shape: Shape): Pick<Asked, 'shape' | 'slot' | 'target'>[] {
  const slots = Object.entries(shape.ids ?? {})
  const varied = slots.flatMap(([slot, one]) => targetsOf(one).map((target) => ({ shape, slot, target })))
  const plain = slots.length === 0 ? [{ shape, slot: null, target: { of: 'plain' } as Target }] : []
  const tooMuch = procedure.takesInput ? [{ shape, slot: null, target: { of: 'malformed', value: 'a key too many' } as Target }] : []
  return [...plain, ...varied, ...tooMuch]
}

/** Every case of a procedure. */
export function casesOf(procedure: Procedure): Case[] {
  const { also = [], ...shape } = procedure.entry
  const asked = [shape, ...also].flatMap((one) => ofShape(procedure, one))
  return callers.flatMap((who) => asked.map((one) => ({ ...one, procedure, who, expected: expected({ ...one, procedure, who }) })))
}

/** Whether the call ended as the table says. A `readProcedure` finds out who calls by its read, so that what is wrong with its input is told before. */
export function isExpected({ expected: wanted, procedure, target }: Case, code: string): boolean {
  if (procedure.meta.base === 'read' && target.of === 'malformed' && code === 'input.invalid') return true
  return wanted === 'ok' ? code === 'ok' || (procedure.entry.ends ?? []).some((end) => end === code) : code === wanted
}

export function nameOf({ procedure, who, slot, target }: Case): string {
  const { of } = target
  const what = 'state' in target ? `${of} ${target.state}` : 'value' in target ? `malformed ${JSON.stringify(target.value)}` : of
  return `${procedure.path} by ${who.name}${slot === null ? '' : `, ${slot}`} ${what}`
}
