import { rolePermissions, roles, type FolderId, type Permission } from '@intellidocs/contracts'
import { describe, expect, test } from 'vitest'
import { beyondRights, canSimulate } from './definitions.policy.ts'
import { flow, folder, stage } from './engine/engine.testkit.ts'

const actor = (...held: readonly Permission[]) => ({ kind: 'user' as const, permissions: new Set(held) })
const key = (...held: readonly Permission[]) => ({ kind: 'apiKey' as const, permissions: new Set(held) })
const effects = { approved: [{ do: 'move', folderId: folder(1) }, { do: 'tag', add: ['a'] }, { do: 'set', metadata: { a: 1 } }, { do: 'share', with: { org: true }, level: 'view' }, { do: 'hook', name: 'h' }, { do: 'start', flowId: folder(9) }] } as const
const spec = flow([stage('a')], { effects: { approved: [...effects.approved] as never } })
const places = (mayPut: boolean) => new Map<FolderId | null, { mayPut: boolean }>([[folder(1), { mayPut }]])

describe('what a flow does at its ends is no more than whoever publishes it may do', () => {
  test.each<[string, Permission[], boolean, string[]]>([
    ['everything', ['documents:edit', 'flows:start'], true, []],
    ['all but put things there', ['documents:edit', 'flows:start'], false, ['effects.approved.0.folderId']],
    ['only change documents', ['documents:edit'], true, ['effects.approved.5.do']],
    ['only start flows', ['flows:start'], true, [0, 1, 2, 3].map((at) => `effects.approved.${at}.do`)],
    ['nothing', [], true, [0, 1, 2, 3, 5].map((at) => `effects.approved.${at}.do`)],
  ])('who may do %s', (_, held, mayPut, paths) => {
    expect(beyondRights(spec, actor(...held), places(mayPut)).map(({ path }) => path)).toEqual(paths)
  })
  test.each<[string, Permission[], number[]]>([
    ['all of it', ['documents:read', 'documents:edit', 'documents:manage', 'flows:start'], []],
    ['all but what only managers may', ['documents:read', 'documents:edit', 'flows:start'], [0, 1, 2, 3]],
    ['all but read', ['documents:edit', 'documents:manage', 'flows:start'], [0, 1, 2, 3, 5]],
    ['nothing', [], [0, 1, 2, 3, 5]],
  ])('a key that may do %s gains none of the rights that its owner has besides', (_, held, at) => {
    expect(beyondRights(spec, key(...held), places(true)).map(({ path }) => path)).toEqual(at.map((each) => `effects.approved.${each}.do`))
  })
  test('a folder that is not shown is told of by others', () => {
    expect(beyondRights(spec, actor('documents:edit', 'flows:start'), new Map())).toEqual([])
  })
  test('the top is a place as well', () => {
    const top = flow([stage('a')], { effects: { rejected: [{ do: 'move', folderId: null }] } })
    expect(beyondRights(top, actor('documents:edit'), new Map([[null, { mayPut: false }]])).map(({ path }) => path)).toEqual(['effects.rejected.0.folderId'])
  })
})

test('a simulation tells who the members are, so only who may see them plays one', () => {
  expect(roles.filter((role) => canSimulate(actor(...rolePermissions[role])))).toEqual(['owner', 'admin', 'editor', 'viewer'])
})
