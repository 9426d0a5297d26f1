import { newId, type PassageBatch } from '@intellidocs/kernel'
import { expect, test } from 'vitest'
import { createPassageIndexer } from './passage-indexer.ts'

const sheet = 'a row of words in a sheet of many rows\n'.repeat(150_000)
const batchOf = (text: string): PassageBatch => ({
  orgId: newId(), documentId: newId(), versionId: newId(), attempt: 1, title: 'sheet', language: 'en', pages: [{ number: 1, text }], first: true,
})
const noStore = new Error('nothing is stored here')
const indexer = createPassageIndexer({ runInTx: () => Promise.reject(noStore), models: { current: null, serving: async () => null, needed: async () => [] }, folded: () => undefined })

test('while a long sheet is cut the process turns to other things again and again', async () => {
  let turns = 0
  let cut = false
  const turn = (): void => {
    if (cut) return
    turns++
    setImmediate(turn)
  }
  setImmediate(turn)
  const indexed = indexer.index(batchOf(sheet), () => { cut = true }, new AbortController().signal)
  await expect(indexed).rejects.toBe(noStore)
  expect(turns).toBeGreaterThanOrEqual(Math.floor(sheet.length / 1_000_000))
})

test('a cancel is heeded while a long sheet is cut', async () => {
  const stop = new AbortController()
  const stages: string[] = []
  const indexed = indexer.index(batchOf(sheet), (stage) => stages.push(stage), stop.signal)
  setImmediate(() => { stop.abort(new Error('cancelled')) })
  await expect(indexed).rejects.toThrow('cancelled')
  expect(stages).toEqual([])
})
