import type { Condition, FlowTrigger, FolderId, VersionId } from '@intellidocs/contracts'
import { holdsFor } from './engine/conditions.ts'
import type { Facts } from './engine/types.ts'

/** What happened to a document, as triggers ask of it. */
export type Happened =
  /** This version was read. */
  | { readonly kind: 'ready'; readonly versionId: VersionId }
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

/** Of the document itself. `path`: the folders above it. */
export type Place = {
  readonly facts: Facts
  readonly path: readonly FolderId[]
  /** Of the version that was read: it is the document's current one, and the first that was read. False where none was. */
  readonly current: boolean
  readonly first: boolean
}

/** Whether it is such a thing that a flow begins by; what its condition says of the document is another question. A change is one only when the condition asks of what has changed. */
function isCalledBy(trigger: FlowTrigger, happened: Happened, { first, current, path }: Omit<Place, 'facts'>): boolean {
  switch (trigger.on) {
    case 'manual': return false
    case 'ready': return happened.kind === 'ready' && current
    case 'uploaded': return happened.kind === 'ready' && first && path.includes(trigger.folderId)
    case 'tagged': return happened.kind === 'tagged' && happened.added.includes(trigger.tag)
    case 'changed': return asksOf(trigger.when, happened.kind === 'changed' ? happened.facts : happened.kind === 'tagged' ? ['tag'] : [])
  }
}

/** Whether a flow begins by this. */
export const begins = (trigger: FlowTrigger, happened: Happened, place: Place): boolean =>
  isCalledBy(trigger, happened, place) && (!('when' in trigger) || trigger.when === undefined || holdsFor(trigger.when, place.facts))

/** Whether that cannot be told before the document is read: it is what the flow begins by, and its condition asks of what reading it tells. */
export const waitsForReading = (trigger: FlowTrigger, happened: Happened, place: Omit<Place, 'facts'>): boolean =>
  isCalledBy(trigger, happened, place) && 'when' in trigger && trigger.when !== undefined && asksOf(trigger.when, ['type', 'pages', 'language'])
