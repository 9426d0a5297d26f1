import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLog, systemClock } from '@intellidocs/kernel'
import { testActor } from '@intellidocs/testing'
import type { OrgId, UserId } from '@intellidocs/contracts'
import express from 'express'
import { expect, test } from 'vitest'
import { exportAuditLines } from './audit-export.ts'
import { answerErrors } from './http-errors.ts'

/** What a reader gets of an export whose caller is valid that many times, and how it ends; a second passes between lines. */
async function exported(validTimes: number): Promise<{ text: string; whole: boolean; asked: number }> {
  let [now, asked] = [0, 0]
  async function* lines() {
    for (const line of ['header\n', 'seal\n', 'row\n', 'end\n']) {
      yield line
      now += 1_000
    }
  }
  const actor = testActor('0197f0aa-0000-7000-8000-000000000001' as OrgId, '0197f0aa-0000-7000-8000-000000000002' as UserId, 'owner')
  const app = express()
  app.get('/', exportAuditLines({
    exportAudit: async () => ({ contentType: 'application/x-ndjson', fileName: 'audit.jsonl', complete: true, lines: lines() }),
    callerOf: async () => ({ actor, stillValid: async () => { asked += 1; return asked <= validTimes ? [] : null } }),
    clock: { ...systemClock, now: () => new Date(now) },
  }))
  app.use(answerErrors(createLog({ level: 'silent', name: 'test' })))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    let [text, whole] = ['', true]
    const decoder = new TextDecoder()
    try {
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true })
    } catch {
      whole = false
    }
    return { text, whole, asked }
  } finally {
    server.close()
  }
}

test('an open export ends without its signed end once the caller lost the session, the key or the right', async () => {
  for (const validTimes of [0, 1, 2]) {
    const { text, whole, asked } = await exported(validTimes)
    expect(whole).toBe(false)
    expect(text).not.toContain('end')
    expect(asked).toBe(validTimes + 1)
  }
})

test('a caller who stays valid gets all of it', async () => {
  expect(await exported(9)).toEqual({ text: 'header\nseal\nrow\nend\n', whole: true, asked: 3 })
})
