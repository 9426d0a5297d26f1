import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestHouse, until, type TestHouse } from './test-house.ts'

let house: TestHouse
let running: Awaited<ReturnType<TestHouse['work']>>
beforeAll(async () => {
  house = await openTestHouse()
  running = await house.work()
})
afterAll(async () => {
  await running.stop()
  await house.close()
})

const settled = (id: Parameters<TestHouse['get']>[0]) => until(() => house.get(id), (document) => !['queued', 'processing'].includes(document.state))

test('an uploaded text becomes ready with its pages, its type and its language', async () => {
  const text = 'The harbour master keeps a ledger of every boat that enters the bay. '.repeat(20)
  const { id } = await house.upload(text, 'ledger.txt')
  const document = await settled(id)
  expect(document).toMatchObject({ state: 'ready', reason: null, mime: 'text/plain', language: 'en', pages: 1 })
  const pages = await house.pages(id)
  expect(pages.map((page) => page.text.trim())).toEqual([text.trim()])
})
