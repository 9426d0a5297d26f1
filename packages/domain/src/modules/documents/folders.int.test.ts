import { folderPrincipal, newId, type Actor } from '@intellidocs/kernel'
import type { FolderId } from '@intellidocs/contracts'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestModule, type TestModule } from './test-module.ts'

let house: TestModule
let a: TestOrg
beforeAll(async () => { house = await openTestModule() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.org() })

const failure = (code: string) => expect.objectContaining({ code }) as unknown
const make = (name: string, parentId: FolderId | null = null) => house.folders.create(a.editor, { name, parentId })

test('names that one is shown are unique in one place whatever their case, also when ten are made at once', async () => {
  const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => make(n % 2 === 0 ? 'Plans' : 'plans')))
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(failure('folder.name_taken'))
  const other = await make('Other')
  await make('Plans', other.id)
  await expect(house.folders.rename(a.editor, { id: other.id, name: 'PLANS' })).rejects.toEqual(failure('folder.name_taken'))
  expect((await house.folders.rename(a.editor, { id: other.id, name: 'OTHER' })).name).toBe('OTHER')
})

test('the same name written with composed and with combining letters is one name', async () => {
  await make('Caf\u00e9')
  await expect(make('Cafe\u0301')).rejects.toEqual(failure('folder.name_taken'))
})

test('a name that only hidden folders have is free, to make, rename and move by, and whoever comes to see both keeps them apart', async () => {
  const hidden = await house.folders.create(a.admin, { name: 'Merger', parentId: null, visibility: 'restricted' })
  const listed = async (actor: Actor) => (await house.folders.list(actor, { parentId: null, limit: 50 })).items.map(({ id }) => id)
  const admin = { ...a.admin, principals: [...a.admin.principals, folderPrincipal(hidden.id)] }
  const place = await make('place')
  const [made, renamed, moved] = [await make('MERGER'), await make('other'), await make('Merger', place.id)]
  await expect(make('merger'), 'what is shown takes the name').rejects.toEqual(failure('folder.name_taken'))
  await house.folders.rename(a.editor, { id: made.id, name: 'made' })
  await house.folders.rename(a.editor, { id: renamed.id, name: 'merger' })
  await house.folders.rename(a.editor, { id: renamed.id, name: 'renamed' })
  await house.folders.move(a.editor, { id: moved.id, parentId: null })
  expect([(await listed(a.editor)).includes(hidden.id), (await listed(a.editor)).includes(moved.id)]).toEqual([false, true])
  expect(await listed(admin)).toEqual(expect.arrayContaining([hidden.id, moved.id]))
  await expect(house.folders.rename(admin, { id: made.id, name: 'merger' })).rejects.toEqual(failure('folder.name_taken'))

  await house.folders.setVisibility(admin, { id: hidden.id, visibility: 'org' })
  expect(await listed(a.editor)).toEqual(expect.arrayContaining([hidden.id, moved.id]))
  await expect(make('Merger')).rejects.toEqual(failure('folder.name_taken'))
  expect((await house.folders.rename(a.editor, { id: hidden.id, name: 'Merger of spring' })).name).toBe('Merger of spring')
})

test('a folder never comes to lie in itself, also when two moves cross', async () => {
  const [x, y] = [await make('x'), await make('y')]
  const inner = await make('inner', x.id)
  await expect(house.folders.move(a.editor, { id: x.id, parentId: inner.id })).rejects.toEqual(failure('folder.cycle'))
  await expect(house.folders.move(a.editor, { id: x.id, parentId: x.id })).rejects.toEqual(failure('folder.cycle'))
  const results = await Promise.allSettled(
    [house.folders.move(a.editor, { id: x.id, parentId: y.id }), house.folders.move(a.editor, { id: y.id, parentId: x.id })]
  )
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
})

test('folders lie 32 deep at most, made or moved there with what they hold', async () => {
  let lowest: FolderId | null = null
  for (let depth = 1; depth <= 31; depth += 1) lowest = (await make(`level ${depth}`, lowest)).id
  const [high, low] = [await make('high'), await make('low')]
  await make('in high', high.id)
  await expect(house.folders.move(a.editor, { id: high.id, parentId: lowest })).rejects.toEqual(failure('folder.too_deep'))
  await house.folders.move(a.editor, { id: low.id, parentId: lowest })
  await expect(make('too deep', low.id)).rejects.toEqual(failure('folder.too_deep'))
  expect((await house.folders.list(a.editor, { parentId: low.id, limit: 10 })).items).toEqual([])
})

test('only an empty folder is deleted; what is in the trash does not count and comes back at the top', async () => {
  const folder = await make('f')
  const { document } = await house.upload(a.editor, newId(), { folderId: folder.id })
  await expect(house.folders.delete(a.editor, { id: folder.id })).rejects.toEqual(failure('folder.not_empty'))
  await house.trash(a.editor, { id: document.id })
  expect(await house.folders.delete(a.editor, { id: folder.id })).toEqual({ id: folder.id, deleted: true })
  expect(await house.restore(a.editor, { id: document.id })).toMatchObject({ folderId: null, lifecycle: 'active' })
})

test('a folder is not deleted when its last document just came back from the trash', async () => {
  const folder = await make('returning')
  const { document } = await house.upload(a.editor, newId(), { folderId: folder.id })
  await house.trash(a.editor, { id: document.id })
  const restoring = await house.hold(a.system, (tx) => tx.$executeRaw`
    update document set lifecycle = 'active', trashed_at = null where id = ${document.id}::uuid`)
  const deleted = Promise.allSettled([house.folders.delete(a.editor, { id: folder.id })])
  await restoring.waiting(1)
  await restoring.release()
  expect(await deleted).toEqual([{ status: 'rejected', reason: failure('folder.not_empty') }])
  expect(await house.get(a.editor, { id: document.id })).toMatchObject({ folderId: folder.id, lifecycle: 'active' })
})

test('a folder that is deleted while documents arrive is either kept or left empty, whoever comes first', async () => {
  const race = async (n: number) => {
    const folder = await make(`busy ${n}`)
    const upload = () => house.upload(a.editor, newId(), { folderId: folder.id })
    return Promise.allSettled([upload(), house.folders.delete(a.editor, { id: folder.id }), upload()])
  }
  for (const [first, deleted, second] of await Promise.all(Array.from({ length: 12 }, (_, n) => race(n)))) {
    const uploads = [first, second]
    expect(uploads.some((result) => result.status === 'fulfilled')).toBe(deleted.status === 'rejected')
    if (deleted.status === 'rejected') expect(deleted.reason).toEqual(failure('folder.not_empty'))
    for (const result of uploads) if (result.status === 'rejected') expect(result.reason).toEqual(failure('folder.not_found'))
  }
})

test('documents move between folders and the list of a folder shows its own', async () => {
  const folder = await make('here')
  const { document } = await house.upload(a.editor, newId())
  expect(await house.move(a.editor, { id: document.id, folderId: folder.id })).toMatchObject({ folderId: folder.id, revision: 2 })
  const idsIn = async (folderId: FolderId | null) => (
    await house.list(a.viewer, { limit: 10, lifecycle: 'active', folderId })
  ).items.map((item) => item.id)
  expect(await idsIn(folder.id)).toEqual([document.id])
  expect(await idsIn(null)).toEqual([])
  await expect(house.move(a.editor, { id: document.id, revision: 1, folderId: null })).rejects.toEqual(failure('document.stale'))
  await expect(house.move(a.editor, { id: document.id, folderId: newId() as FolderId })).rejects.toEqual(failure('folder.not_found'))
})

test('the list of folders is by name over pages of any size', async () => {
  for (const name of ['b', 'A', 'c', 'D', 'e']) await make(name)
  const names: string[] = []
  for (let cursor: string | undefined; ;) {
    const page = await house.folders.list(a.viewer, { parentId: null, limit: 2, ...(cursor === undefined ? {} : { cursor }) })
    names.push(...page.items.map((item) => item.name))
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  expect(names).toEqual(['A', 'b', 'c', 'D', 'e'])
})

test('a guest sees no folder, and another organization cannot learn of one, nor put anything into it', async () => {
  const folder = await make('ours')
  const b = await house.org('B')
  expect((await house.folders.list(a.guest, { parentId: null, limit: 10 })).items).toEqual([])
  await expect(house.folders.list(a.guest, { parentId: folder.id, limit: 10 })).rejects.toEqual(failure('folder.not_found'))
  const before = await house.events(a.owner)
  const calls = [
    () => house.folders.list(b.owner, { parentId: folder.id, limit: 10 }), () => house.folders.create(b.owner, { name: 'x', parentId: folder.id }),
    () => house.folders.move(b.owner, { id: folder.id, parentId: null }), () => house.folders.rename(b.owner, { id: folder.id, name: 'x' }),
    () => house.folders.delete(b.owner, { id: folder.id }), () => house.upload(b.owner, 'x', { folderId: folder.id }),
  ]
  for (const call of calls) await expect(call()).rejects.toEqual(failure('folder.not_found'))
  expect(await house.events(a.owner)).toEqual(before)
})
