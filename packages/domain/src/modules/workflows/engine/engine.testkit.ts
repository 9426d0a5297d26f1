import { flowContract, type FlowSpec, type FlowSpecInput, type FolderId, type GroupId, type UserId } from '@intellidocs/contracts'
import type { Facts, SpecFacts, Step } from './types.ts'

type StageInput = Extract<FlowSpecInput['stages'][number], { ask: unknown }>

const numbered = (kind: number, at: number): string => `0000000${kind}-0000-4000-8000-${String(at).padStart(12, '0')}`
export const user = (at: number): UserId => numbered(1, at) as UserId
export const group = (at: number): GroupId => numbered(2, at) as GroupId
export const folder = (at: number): FolderId => numbered(3, at) as FolderId

/** A stage that asks the first user, unless told otherwise. */
export const stage = (key: string, given: Partial<StageInput> = {}): StageInput => ({ key, name: key, ask: [{ user: user(1) }], decide: { rule: 'all' }, ...given })
export const flow = (stages: FlowSpecInput['stages'], given: Partial<FlowSpecInput> = {}): FlowSpec => flowContract.flowSpec.parse({ name: 'A flow', stages, ...given })

export const facts: Facts = { name: 'invoice.pdf', type: 'application/pdf', pages: 3, size: 1000, language: 'en', folderId: folder(1), tags: ['invoice'], metadata: { amount: 1200, kind: 'invoice' } }

/** Three users who decide and one who does not, a group of two of them and an empty one, a folder, and the fields of `facts`. */
export const known: SpecFacts = {
  self: null, users: new Set([user(1), user(2), user(3), user(4)]), deciders: new Set([user(1), user(2), user(3)]),
  groups: new Map([[group(1), new Set([user(1), user(2)])], [group(2), new Set()]]),
  roles: new Map([['owner', new Set([user(3)])], ['guest', new Set()]]),
  folders: new Set([folder(1)]), flows: new Map(), fields: new Set(['amount', 'kind']),
}

/** `a1:approved`, and `!a1:approved` for one that does not count any more; `b2:open@x` is about the bytes x instead of those of the version there is. */
export function steps(...texts: string[]): Step[] {
  return texts.map((text) => {
    const [, gone, key, round, state, bytes] = /^(!?)([a-z]+)(\d+):([a-z]+)(?:@(\w+))?$/.exec(text) ?? []
    return { stage: key ?? '', round: Number(round), state: state as Step['state'], counts: gone === '', openedAt: 0, contentSha256: bytes ?? 'now' }
  })
}
