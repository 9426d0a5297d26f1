import type { FlowFault, FlowSpec, FolderId, Permission } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import { placedEffects } from './engine/check-effects.ts'

type Decider = Pick<Actor, 'permissions'>
/** Folders that are shown to the actor; null is the top. */
export type Folders = ReadonlyMap<FolderId | null, { readonly mayPut: boolean }>

/** Who is asked tells who is in groups and who holds roles. */
export const canSimulate = (actor: Decider): boolean => actor.permissions.has('members:read')

const needs: Partial<Record<FlowSpec['effects']['approved'][number]['do'], Permission>> = {
  move: 'documents:edit', tag: 'documents:edit', set: 'documents:edit', share: 'documents:edit', start: 'flows:start',
}

/**
 * What a definition would do at its ends that whoever publishes it may not do themselves, as far as that is known without a document. What it needs on the document is
 * asked again, with the rights that the publisher has then, when it is done.
 */
export function beyondRights(spec: FlowSpec, actor: Decider, folders: Folders): FlowFault[] {
  return placedEffects(spec).flatMap(({ effect, path }): FlowFault[] => {
    const needed = needs[effect.do]
    if (needed !== undefined && !actor.permissions.has(needed)) return [{ path: `${path}.do`, message: `it is done with your rights, and you lack ${needed}` }]
    if (effect.do !== 'move' || folders.get(effect.folderId)?.mayPut !== false) return []
    return [{ path: `${path}.folderId`, message: 'it is done with your rights, and you may put nothing there' }]
  })
}
