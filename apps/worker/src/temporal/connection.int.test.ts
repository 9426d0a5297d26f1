import { createProcessingGateway, searchAttributeNames, type ProcessingRef } from '@intellidocs/domain/documents/temporal'
import { createLog, newId } from '@intellidocs/kernel'
import { createDataConverter } from '@intellidocs/temporal'
import { testTemporal } from '@intellidocs/testing'
import { Client } from '@temporalio/client'
import type { NativeConnection } from '@temporalio/worker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectTemporal, prepareNamespace } from './connection.ts'
import { installRuntime } from './runtime.ts'

let connection: NativeConnection
/** A namespace that the server has never heard of, as all are after the loss of its state. */
const namespace = `new-${newId()}`
const prepare = () => prepareNamespace(connection, namespace, searchAttributeNames)
beforeAll(async () => {
  installRuntime(createLog({ level: 'silent', name: 'test' }))
  connection = await connectTemporal(await testTemporal())
})
afterAll(() => connection.close())

test('a namespace that is not there is made with all a run needs, by three workers at once and again; open runs are told from others', async () => {
  const gateway = createProcessingGateway(new Client({ connection, namespace, dataConverter: createDataConverter({ current: Buffer.alloc(32, 7), isSentence: () => false }) }))
  const ref = { orgId: newId(), documentId: newId(), versionId: newId(), attempt: 3 } as ProcessingRef
  const start = () => gateway.start(ref, { name: 'waits', versionNumber: 1, size: 1 })
  await expect(start()).rejects.toThrow('Namespace not found')
  await Promise.all([prepare(), prepare(), prepare()])
  await prepare()
  await expect.poll(() => start().then(() => 'started', String), { timeout: 30_000 }).toBe('started')

  const listed = async (startedBefore: number) => {
    const runs = []
    for await (const some of gateway.openRuns(new Date(startedBefore))) runs.push(...some)
    return runs
  }
  const run = { versionId: ref.versionId, attempt: 3 }
  await expect.poll(() => listed(Date.now() + 60_000), { timeout: 20_000 }).toEqual([run])
  expect(await listed(Date.now() - 3_600_000)).toEqual([])
  expect(await gateway.status(run)).toBe('open')
  await new Client({ connection, namespace }).workflow.getHandle(`document-processing/${run.versionId}/3`).terminate('over')
  await expect.poll(() => listed(Date.now() + 60_000), { timeout: 20_000 }).toEqual([])
})
