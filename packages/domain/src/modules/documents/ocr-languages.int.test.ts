import type { DocumentId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertDocument } from './documents.repository.ts'
import { findOcrLanguages } from './ocr-languages.repository.ts'
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

test('who sends a file says in which languages it is read; a new version says so anew or leaves it, and files within are read as what they came in', async () => {
  const org = await house.org()
  const languagesOf = async (id: DocumentId) => (await house.ocrLanguages.get(org.viewer, { documentId: id })).own
  const { id } = (await house.upload(org.editor, 'sent', { ocrLanguages: ['ell', 'auto'] })).document
  expect(await languagesOf(id)).toEqual(['ell', 'auto'])
  await house.upload(org.editor, 'sent again', { documentId: id })
  expect(await languagesOf(id)).toEqual(['ell', 'auto'])
  await house.upload(org.editor, 'and again', { documentId: id, ocrLanguages: [] })
  expect(await languagesOf(id)).toEqual([])
  const { id: mail, versionId } = (await house.upload(org.editor, 'a mail', { ocrLanguages: ['rus'] })).document
  const within = await house.deps.runInTx(org.system, async (tx) => {
    const at = new Date()
    const attached = { id: newId() as DocumentId, orgId: org.org.id, folderId: null, parentId: mail, ownerId: org.editor.userId, name: 'within.png', visibility: 'org', lifecycle: 'active', versionId, at } as const
    await insertDocument(tx, attached)
    return (await findOcrLanguages(tx, { orgId: org.org.id, documentId: attached.id, folderId: null })).own
  })
  expect(within).toEqual(['rus'])
})
