import { afterAll, beforeAll, expect, test } from 'vitest'
import { findSubject } from './processing.repository.ts'
import { openTestModule, type TestModule } from './test-module.ts'

let house: TestModule
beforeAll(async () => { house = await openTestModule() })
afterAll(() => house.close())

test('the document says in which languages it is read, else the nearest folder that says something, else the organization', async () => {
  const org = await house.org()
  const top = await house.folders.create(org.editor, { name: 'Top', parentId: null })
  const within = await house.folders.create(org.editor, { name: 'Within', parentId: top.id })
  const { id, versionId } = (await house.upload(org.editor, 'a page', { folderId: within.id })).document
  const read = async () => (await house.deps.runInTx(org.system, (tx) => findSubject(tx, { orgId: org.org.id, documentId: id, versionId })))?.ocrLanguages
  const told = () => house.ocrLanguages.get(org.viewer, { documentId: id })
  expect(await read()).toEqual([])
  await house.ocrLanguages.setDefault(org.owner, { languages: ['deu'] })
  expect([await read(), await told()]).toEqual([['deu'], { own: [], effective: ['deu'] }])
  await house.ocrLanguages.set(org.editor, { folderId: top.id, languages: ['fra'] })
  expect(await read()).toEqual(['fra'])
  await house.ocrLanguages.set(org.editor, { folderId: within.id, languages: ['spa', 'por'] })
  expect([await read(), await house.ocrLanguages.get(org.viewer, { folderId: within.id })]).toEqual([['spa', 'por'], { own: ['spa', 'por'], effective: ['spa', 'por'] }])
  const mark = (await house.events(org.owner)).length
  expect(await house.ocrLanguages.set(org.editor, { documentId: id, languages: ['eng'] })).toEqual({ own: ['eng'], effective: ['eng'] })
  expect(await read()).toEqual(['eng'])
  expect((await house.events(org.owner)).slice(mark)).toMatchObject([{ type: 'documents.updated.v1', payload: { changed: ['ocrLanguages'] } }])
  await house.ocrLanguages.set(org.editor, { documentId: id, languages: [] })
  expect(await told()).toEqual({ own: [], effective: ['spa', 'por'] })
})

test('who may not edit sets nothing, and of what is not theirs nobody learns whether it is there', async () => {
  const [org, other] = [await house.org(), await house.org('Other')]
  const { id } = (await house.upload(org.editor, 'kept')).document
  await expect(house.ocrLanguages.set(org.viewer, { documentId: id, languages: ['deu'] })).rejects.toMatchObject({ code: 'auth.forbidden' })
  await expect(house.ocrLanguages.set(other.editor, { documentId: id, languages: ['deu'] })).rejects.toMatchObject({ code: 'document.not_found' })
  await expect(house.ocrLanguages.get(other.editor, { documentId: id })).rejects.toMatchObject({ code: 'document.not_found' })
  expect(await house.ocrLanguages.get(org.viewer, { documentId: id })).toEqual({ own: [], effective: [] })
})
