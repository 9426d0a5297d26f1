import type { DocumentId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { beginProcessing, finishProcessing, storeFacts, storeHeading, storePages } from './processing.service.ts'
import { openTestModule, type TestModule } from './test-module.ts'

let house: TestModule
let org: TestOrg
beforeAll(async () => {
  house = await openTestModule()
  org = await house.org()
})
afterAll(() => house.close())

const onePage = { number: 1, text: 'words', source: 'text', confidence: null, warnings: [], provenance: null } as const
const refOf = (id: DocumentId) => house.refOf(org.system, id)

test('a document says what its file says of itself, else the heading of its text, else its name, and how many words it has', async () => {
  const { id } = (await house.upload(org.editor, newId())).document
  const factsOf = async () => (await house.get(org.viewer, { id })).facts
  const none = { title: 'a', titleFrom: 'name', author: null, createdAt: null, modifiedAt: null, words: null }
  expect(await factsOf()).toEqual(none)
  const ref = await refOf(id)
  await beginProcessing(house.deps, ref)
  await storeFacts(house.deps, ref, { mime: 'text/plain', language: 'en', pages: 2, warnings: [], said: { author: 'Ada' } })
  expect(await factsOf()).toEqual({ ...none, author: 'Ada' })
  await storeHeading(house.deps, ref, 'Heading')
  await storePages(house.deps, ref, [1, 2].map((number) => ({ ...onePage, number, text: 'three words, twice' })))
  await finishProcessing(house.deps, ref)
  expect(await factsOf()).toEqual({ ...none, title: 'Heading', titleFrom: 'heading', author: 'Ada', words: 6 })
  await house.reprocess(org.editor, { id })
  const again = await refOf(id)
  await beginProcessing(house.deps, again)
  const at = '2025-03-14T09:26:53.000Z'
  await storeFacts(house.deps, again, { mime: 'text/plain', language: 'en', pages: 1, warnings: [], said: { title: 'Own', titleFrom: 'file', createdAt: at, modifiedAt: at } })
  await storeHeading(house.deps, again, 'Heading')
  await storePages(house.deps, again, [onePage])
  await finishProcessing(house.deps, again)
  expect(await factsOf()).toEqual({ title: 'Own', titleFrom: 'file', author: null, createdAt: at, modifiedAt: at, words: 1 })
})
