import type { DocumentId } from '@intellidocs/contracts'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { beginProcessing, endProcessing, storePages } from './processing.service.ts'
import type { ProcessingRef } from './processing.types.ts'
import { openTestModule, type TestModule } from './test-module.ts'

let house: TestModule
let org: TestOrg
beforeAll(async () => {
  house = await openTestModule()
  org = await house.org()
})
afterAll(() => house.close())

const refOf = (id: DocumentId) => house.refOf(org.system, id)

test('places of words are kept beside their page, and go with it when it is read again', async () => {
  const { id } = (await house.upload(org.editor, 'words')).document
  const ref = await refOf(id)
  const attempt = async (now: ProcessingRef, boxes: Uint8Array | undefined) => {
    await beginProcessing(house.deps, now)
    for (let times = 0; times < 2; times += 1) await storePages(house.deps, now, [{ number: 1, text: 'words', source: 'text', confidence: null, warnings: [], provenance: null, boxes }])
    const rows = await house.deps.runInTx(org.system, (tx) => tx.$queryRaw<{ boxes: Uint8Array; attempt: number }[]>`
      select boxes, attempt from page_layout where version_id = ${ref.versionId}::uuid`)
    return rows.map((row) => [[...row.boxes], row.attempt])
  }
  expect(await attempt(ref, Uint8Array.from([0, 5, 0, 0, 200, 9]))).toEqual([[[0, 5, 0, 0, 200, 9], ref.attempt]])
  await endProcessing(house.deps, ref, { state: 'failed', reason: 'internal', mime: null })
  await house.reprocess(org.editor, { id })
  expect(await attempt(await refOf(id), undefined)).toEqual([])
  expect(await house.count(org.owner, 'page_layout')).toBe(0)
})
