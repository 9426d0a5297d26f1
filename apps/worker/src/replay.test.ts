import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker'
import { createLog } from '@intellidocs/kernel'
import { beforeAll, expect, test } from 'vitest'
import { workflowBundle } from './temporal/bundle.ts'
import { createDataConverter, failureConverterPath } from './temporal/data-converter.ts'
import { installRuntime } from './temporal/runtime.ts'
import { historiesKey } from './histories-key.ts'
// Bundled by its path below; named here so that it counts as used.
import type {} from './test-twin.workflows.ts'

const folder = join(import.meta.dirname, '..', 'histories')
const names = readdirSync(folder).filter((name) => name.endsWith('.json')).sort()
const dataConverter = createDataConverter(historiesKey)
beforeAll(() => { installRuntime(createLog({ level: 'silent', name: 'replay' })) })

async function replay(options: Pick<Parameters<typeof Worker.runReplayHistory>[0], 'workflowBundle'>, name: string): Promise<Error | undefined> {
  const history = historyFromJSON(JSON.parse(readFileSync(join(folder, name), 'utf8')))
  const one = [{ workflowId: `recorded-${name}`, history }]
  for await (const result of Worker.runReplayHistories({ ...options, dataConverter }, one)) return result.error
  throw new Error('nothing was replayed')
}

test('histories of every branch are there to be replayed', () => {
  const branches = ['cancelled', 'failed-inside', 'file-failed', 'long', 'long-end', 'scan', 'superseded', 'text']
  expect(names).toEqual(expect.arrayContaining(branches.map((branch) => `${branch}.json`)))
})

test('the present workflow replays every history that was ever recorded', async () => {
  const codePath = await workflowBundle(join(tmpdir(), 'intellidocs-test-bundles'))
  for (const name of names) expect([name, await replay({ workflowBundle: { codePath } }, name)]).toEqual([name, undefined])
}, 60_000)

test('a workflow with one step more is caught by every one of them', async () => {
  const workflowsPath = join(import.meta.dirname, 'test-twin.workflows.ts')
  const bundle = await bundleWorkflowCode({ workflowsPath, failureConverterPath, logger: new DefaultLogger('ERROR') })
  for (const name of names) expect([name, (await replay({ workflowBundle: bundle }, name))?.name]).toEqual([name, 'DeterminismViolationError'])
}, 60_000)

test('the bundle stays under 2 MB', async () => {
  expect(readFileSync(await workflowBundle(join(tmpdir(), 'intellidocs-test-bundles'))).length).toBeLessThan(2_000_000)
})
