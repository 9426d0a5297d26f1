import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NewPage } from './processing.repository.ts'
import { beginProcessing, finishProcessing, storeFacts, storePages, storeWarnings } from './processing.service.ts'
import { openTestModule, type TestModule } from './test-module.ts'

let house: TestModule
let org: TestOrg
beforeAll(async () => {
  house = await openTestModule()
  org = await house.org()
})
afterAll(() => house.close())

test('a page without text makes a version ready only as blank, or with the reason why nothing of it could be had', async () => {
  const { id, versionId } = (await house.upload(org.editor, 'two pages')).document
  const ref = { orgId: org.org.id, documentId: id, versionId, attempt: 1 }
  const page = { number: 2, text: ' \n', confidence: null, warnings: [], provenance: null }
  await beginProcessing(house.deps, ref)
  await storeFacts(house.deps, ref, { mime: 'text/plain', language: null, pages: 2, warnings: [{ reason: 'repaired_file', pages: [], names: [] }] })
  await storePages(house.deps, ref, [{ number: 1, text: 'words', source: 'text', confidence: null, warnings: [], provenance: null }])
  const store = (row: Pick<NewPage, 'source' | 'warnings'>) => storePages(house.deps, ref, [{ ...page, ...row }])
  const retry = () => house.deps.runInTx(org.system, (tx) => tx.$executeRaw`delete from page where version_id = ${ref.versionId}::uuid and number = 2`)
  for (const row of [{ source: 'text', warnings: [] }, { source: 'unread', warnings: [] }] as const) {
    await store(row)
    await expect(finishProcessing(house.deps, ref)).rejects.toThrow('pages are missing')
    await retry()
  }
  await store({ source: 'unread', warnings: ['ocr_failed'] })
  await storeWarnings(house.deps, ref, [{ reason: 'attachment_too_deep', pages: [], names: ['a.zip'] }])
  await finishProcessing(house.deps, ref)
  const warnings = [
    { reason: 'repaired_file', pages: [], names: [] }, { reason: 'attachment_too_deep', pages: [], names: ['a.zip'] },
    { reason: 'ocr_failed', pages: [{ from: 2, to: 2 }], names: [] },
  ]
  expect(await house.get(org.editor, { id })).toMatchObject({ state: 'ready', warnings })
  expect((await house.versions.list(org.viewer, { id, limit: 1 })).items).toMatchObject([{ warnings }])
  expect((await house.pages(org.viewer, { id, limit: 2 })).items).toMatchObject([{ source: 'text', warnings: [] }, { source: 'unread', warnings: ['ocr_failed'] }])
  await house.reprocess(org.editor, { id })
  await beginProcessing(house.deps, { ...ref, attempt: 2 })
  expect(await house.get(org.editor, { id })).toMatchObject({ state: 'processing', warnings: [] })
})
