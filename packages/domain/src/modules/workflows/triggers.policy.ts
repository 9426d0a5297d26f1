import type { Condition, FlowTrigger, FolderId } from '@intellidocs/contracts'
import { holdsFor } from './engine/conditions.ts'
import type { Facts } from './engine/types.ts'

/** What happened to a document, as triggers ask of it. */
export type Happened =
  /** A version was read. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'tagged'; readonly added: readonly string[] }
  /** Which facts are others now; fields as `metadata.<field>`. */
  | { readonly kind: 'changed'; readonly facts: readonly string[] }

/** The triggers that such an event may be. */
export const triggersOf = ({ kind }: Happened): FlowTrigger['on'][] =>
  (kind === 'ready' ? ['ready', 'uploaded'] : kind === 'tagged' ? ['tagged', 'changed'] : ['changed'])

function asksOf(condition: Condition, facts: readonly string[]): boolean {
  if ('all' in condition) return condition.all.some((part) => asksOf(part, facts))
  if ('any' in condition) return condition.any.some((part) => asksOf(part, facts))
  return 'not' in condition ? asksOf(condition.not, facts) : facts.includes(condition.fact)
}

/** Of the document itself. `first`: the version that was read is its first one. `path`: the folders above it. */
export type Place = { readonly facts: Facts; readonly first: boolean; readonly path: readonly FolderId[] }

/** Whether a flow begins by this. A change begins one only when its condition asks of what has changed. */
export function begins(trigger: FlowTrigger, happened: Happened, { facts, first, path }: Place): boolean {
  if (trigger.on === 'manual') return false
  if (trigger.on === 'changed') {
    const changed = happened.kind === 'changed' ? happened.facts : happened.kind === 'tagged' ? ['tag'] : []
    return asksOf(trigger.when, changed) && holdsFor(trigger.when, facts)
  }
  const fits = trigger.on === 'ready' ? happened.kind === 'ready'
    : trigger.on === 'uploaded' ? happened.kind === 'ready' && first && path.includes(trigger.folderId)
      : happened.kind === 'tagged' && happened.added.includes(trigger.tag)
  return fits && (trigger.when === undefined || holdsFor(trigger.when, facts))
}
