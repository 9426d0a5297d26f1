import { newId } from '@intellidocs/kernel'
import { createTestOrg, type TestOrg } from '@intellidocs/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { searchWorld, type SearchWorld } from '../search.testkit.ts'
import { MeilisearchFailure } from './failure.ts'
import { createMemoryMeilisearch, writerOf, type MemoryMeilisearch } from './memory-meilisearch.testkit.ts'
import type { Entry } from './settings.ts'

const signal = new AbortController().signal
let world: SearchWorld
let memory: MemoryMeilisearch
let org: TestOrg
beforeEach(async () => {
  world = await searchWorld(null)
  memory = createMemoryMeilisearch()
  org = world.org
})
afterEach(() => world.close())

const entries = (documentId: string, index = 'passages'): Entry[] => [...memory.indexes.get(index)?.entries.values() ?? []].filter(({ doc }) => doc === documentId)
const waiting = async (): Promise<number> => (await writerOf(world, memory).waiting()).writes
const taken = (): string[] => memory.calls.splice(0)

test('what is there is built beside the index and takes its place; from then on each change is written', async () => {
  const first = await world.add({ org, text: ['Wings of a bird.', 'More wings.'], name: 'birds.txt' })
  const writer = writerOf(world, memory)
  await writer.work(signal)
  expect(taken()).toEqual(['drop passages_new', 'create passages_new', 'configure passages_new', 'create passages', 'put passages_new 2', 'swap passages passages_new', 'drop passages_new'])
  expect(entries(first.documentId)[0]).toMatchObject({ s: 'bird wing', org: org.org.id, readers: [`org:${org.org.id}`], doc: first.documentId })
  const second = await world.add({ org, text: 'A tail.', name: 'x.txt' })
  expect(await waiting()).toBe(1)
  expect(await writer.work(signal)).toBe(1)
  expect([entries(second.documentId).length, await waiting()]).toEqual([1, 0])
  expect(taken()).toEqual(['put passages 1'])
  expect(await writer.work(signal)).toBe(0)
})

test('readers that change are sent alone; the bin hides, the end removes', async () => {
  const { documentId } = await world.add({ org, text: 'Wings.' })
  const writer = writerOf(world, memory)
  await writer.work(signal)
  const words = entries(documentId)[0]?.s
  taken()
  await world.sql(org.system, `insert into document_reader (org_id, principal, created_at, document_id) select org_id, 'user:${org.guest.userId}', created_at, id from document where id = '${documentId}'`)
  await writer.work(signal)
  expect(entries(documentId)[0]).toMatchObject({ s: words, readers: expect.arrayContaining([`user:${org.guest.userId}`, `org:${org.org.id}`]) as string[] })
  await world.sql(org.system, `update document set lifecycle = 'trashed' where id = '${documentId}'`)
  await writer.work(signal)
  expect(entries(documentId)[0]).toMatchObject({ s: words, readers: [] })
  await world.sql(org.system, `update document set lifecycle = 'active' where id = '${documentId}'`)
  await writer.work(signal)
  expect(entries(documentId)[0]?.readers).toHaveLength(2)
  expect(taken()).toEqual(['change passages 1', 'change passages 1', 'change passages 1'])
  await world.sql(org.system, `delete from document where id = '${documentId}'`)
  await writer.work(signal)
  expect([entries(documentId), taken()]).toEqual([[], ['remove passages 1']])
})

test('a folder that is restricted, and a version that is sent back to the scanner, hide what they hold', async () => {
  const { documentId, versionId } = await world.add({ org, text: 'Wings.' })
  const writer = writerOf(world, memory)
  await writer.work(signal)
  await world.sql(org.system, `update document_version set scan = 'waiting' where id = '${versionId}'`)
  await writer.work(signal)
  expect(entries(documentId)[0]?.readers).toEqual([])
  await world.sql(org.system, `update document_version set scan = 'clean' where id = '${versionId}'`)
  const folder = newId()
  await world.sql(org.system, `insert into folder (id, org_id, name, created_by, visibility) values ('${folder}', '${org.org.id}', 'f', '${org.owner.userId}', 'restricted')`)
  await world.sql(org.system, `update document set folder_id = '${folder}' where id = '${documentId}'`)
  await writer.work(signal)
  expect(entries(documentId)[0]?.readers).not.toContain(`org:${org.org.id}`)
})

test('words that change are written whole, and passages that are no more are removed', async () => {
  const { documentId, versionId } = await world.add({ org, text: ['One wing.', 'Two wings.'], name: 'old.txt' })
  const writer = writerOf(world, memory)
  await writer.work(signal)
  await world.sql(org.system, `update document set name = 'gazebo.txt' where id = '${documentId}'`)
  await world.search.passageIndex.retitle({ orgId: org.org.id, documentId })
  await writer.work(signal)
  expect(entries(documentId).map(({ s }) => s.split(' ')[0])).toEqual(['gazebo', 'gazebo'])
  await world.sql(org.system, `delete from passage_keyword where version_id = '${versionId}' and passage_id = (select max(id) from passage where version_id = '${versionId}')`)
  await writer.work(signal)
  expect(entries(documentId)).toHaveLength(1)
})

test('what changes while it is written is written again: an older state never stays', async () => {
  const { documentId } = await world.add({ org, text: 'Wings.', name: 'one.txt' })
  const writer = writerOf(world, memory)
  await writer.work(signal)
  const rename = async (name: string) => {
    await world.sql(org.system, `update document set name = '${name}.txt' where id = '${documentId}'`)
    await world.search.passageIndex.retitle({ orgId: org.org.id, documentId })
  }
  await rename('two')
  const versions: (number | undefined)[] = []
  memory.interfere = async (call) => {
    if (!call.startsWith('put')) return
    memory.interfere = () => { versions.push(entries(documentId)[0]?.version) }
    await rename('three')
  }
  await writer.work(signal)
  expect(entries(documentId)[0]?.s).toMatch(/^three/)
  expect(await waiting()).toBe(0)
  expect(versions).toEqual([expect.any(Number)])
  expect(entries(documentId)[0]?.version).toBeGreaterThan(versions[0] ?? Infinity)
})

test('one process writes at a time; another one goes on where the first was when it ended', async () => {
  await world.add({ org, text: 'Wings.' })
  const [one, other] = [writerOf(world, memory), writerOf(world, memory)]
  let meanwhile: number | undefined
  memory.interfere = async (call) => { if (call.startsWith('put')) meanwhile = await other.work(signal) }
  await one.work(signal)
  expect(meanwhile).toBe(0)
  memory.interfere = () => undefined
  await world.add({ org, text: 'More.', name: 'm.txt' })
  expect(await other.work(signal)).toBe(1)
})

test('what the server did not take stays, after a failure of the server for the next time, after a refusal of one document for later', async () => {
  const writer = writerOf(world, memory)
  await writer.work(signal)
  const good = await world.add({ org, text: 'Good.', name: 'g.txt' })
  const bad = await world.add({ org, text: 'Bad.', name: 'b.txt' })
  memory.interfere = () => { throw new MeilisearchFailure('unreachable') }
  await expect(writerOf(world, memory).work(signal)).rejects.toMatchObject({ kind: 'unreachable' })
  expect(await waiting()).toBe(2)
  let posts = 0
  memory.interfere = (call) => {
    posts += 1
    if (call === 'put passages 2' || posts === 3) throw new MeilisearchFailure('task', { code: 'invalid_document_id' })
  }
  await writer.work(signal)
  expect([entries(good.documentId).length, entries(bad.documentId).length, await waiting()]).toEqual([1, 0, 1])
  memory.interfere = () => undefined
  expect(await writer.work(signal)).toBe(0)
  await world.sql(org.system, `update document set lifecycle = 'trashed' where id = '${bad.documentId}'`)
  await writer.work(signal)
  expect(await waiting()).toBe(0)
})

test('a building that dies at its last step begins anew, and what is written during one is in both', async () => {
  const { documentId } = await world.add({ org, text: 'Wings.' })
  const writer = writerOf(world, memory)
  await writer.work(signal)
  expect(await writer.progress()).toEqual({ state: 'kept', done: 0, total: 1 })
  await writer.rebuild()
  expect(await writer.progress()).toMatchObject({ state: 'wanted', done: 0 })
  let late: string | undefined
  memory.interfere = async (call) => {
    if (call.startsWith('swap')) throw new MeilisearchFailure('unreachable')
    if (call === 'put passages_new 1' && late === undefined) late = (await world.add({ org, text: 'Late.', name: 'l.txt' })).documentId
  }
  await expect(writer.work(signal)).rejects.toThrow()
  expect(await writer.progress()).toEqual({ state: 'swapping', done: 2, total: 2 })
  expect([entries(documentId).length, entries(late ?? '').length]).toEqual([1, 1])
  memory.interfere = () => undefined
  await writerOf(world, memory).work(signal)
  expect([entries(documentId).length, entries(late ?? '').length, [...memory.indexes.keys()]]).toEqual([1, 1, ['passages']])
})

test('an index that is lost is built, settings that differ are mended, and nothing is noted where there never was one', async () => {
  await world.add({ org, text: 'Wings.' })
  expect(await waiting()).toBe(0)
  let at = 0
  const writer = writerOf(world, memory, { now: () => new Date(at) })
  await writer.work(signal)
  memory.indexes.clear()
  await world.add({ org, text: 'A tail.', name: 't.txt' })
  await expect(writer.work(signal)).rejects.toMatchObject({ code: 'index_not_found' })
  at = 10_000
  await writer.work(signal)
  expect(memory.indexes.get('passages')?.entries.size).toBe(2)
  const kept = memory.indexes.get('passages')
  if (kept !== undefined) kept.settings = { stopWords: ['wing'] }
  taken()
  await writerOf(world, memory).work(signal)
  expect(taken()).toEqual(['configure passages'])
})

test('entries of documents that are gone altogether are all found, while the writer removes those that were found before', async () => {
  const { documentId } = await world.add({ org, text: 'Wings.' })
  const writer = writerOf(world, memory)
  await writer.work(signal)
  const kept = memory.indexes.get('passages')?.entries ?? new Map<string, Entry>()
  const [right] = entries(documentId)
  if (right === undefined) throw new Error('nothing was built')
  for (let n = 0; n < 1_050; n += 1) kept.set(`9${n}`, { ...right, id: `9${n}`, doc: newId() })
  for (let after: string | null = ''; after !== null;) {
    ({ next: after } = await writer.heal({ orgId: org.org.id, after, signal }))
    await writer.work(signal)
  }
  expect([...kept.values()]).toEqual([right])
})

test('an organization that ended leaves nothing behind', async () => {
  const other = await createTestOrg(world.database)
  const { documentId } = await world.add({ org: other, text: 'Wings.' })
  const writer = writerOf(world, memory)
  await writer.work(signal)
  await world.sql(other.system, `delete from document where org_id = '${other.org.id}'`)
  await writer.work(signal)
  expect(entries(documentId)).toEqual([])
})
