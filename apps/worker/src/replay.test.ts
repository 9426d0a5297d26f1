import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker'
import { isOperatorSentence } from '@intellidocs/domain'
import { createLog } from '@intellidocs/kernel'
import { createDataConverter, failureConverterPath } from '@intellidocs/temporal'
import { beforeAll, expect, test } from 'vitest'
import { workflowBundle } from './temporal/bundle.ts'
import { installRuntime } from './temporal/runtime.ts'
import { historiesKey } from './histories-key.ts'
// Bundled by its path below; named here so that it counts as used.
import type {} from './test-twin.workflows.ts'

const folder = join(import.meta.dirname, '..', 'histories')
const names = readdirSync(folder).filter((name) => name.endsWith('.json')).sort()
const dataConverter = createDataConverter({ current: historiesKey, isSentence: isOperatorSentence })
beforeAll(() => { installRuntime(createLog({ level: 'silent', name: 'replay' })) })

/** What became of each history by its name; one worker plays them all. */
async function replay(options: Pick<Parameters<typeof Worker.runReplayHistories>[0], 'workflowBundle'>): Promise<Record<string, string | null>> {
  const histories = names.map((name) => ({ workflowId: `recorded-${name}`, history: historyFromJSON(JSON.parse(readFileSync(join(folder, name), 'utf8'))) }))
  const found: Record<string, string | null> = {}
  for await (const { workflowId, error } of Worker.runReplayHistories({ ...options, dataConverter }, histories)) {
    found[workflowId.slice('recorded-'.length)] = error === undefined ? null : error.name
  }
  return found
}
const all = (outcome: string | null): Record<string, string | null> => Object.fromEntries(names.map((name) => [name, outcome]))

/** Every way through the workflow, by what only its history shows. */
const ways: Record<string, (history: string) => boolean> = {
  'ended well': (history) => history.includes('WORKFLOW_EXECUTION_COMPLETED'),
  'ended badly': (history) => history.includes('WORKFLOW_EXECUTION_FAILED'),
  cancelled: (history) => history.includes('WORKFLOW_EXECUTION_CANCELED'),
  'went on in a new run': (history) => history.includes('WORKFLOW_EXECUTION_CONTINUED_AS_NEW'),
  'went on from a run before': (history) => history.includes('"continuedExecutionRunId"') && /"continuedExecutionRunId": *"[^"]/.test(history),
  'an activity that failed for good': (history) => history.includes('ACTIVITY_TASK_FAILED'),
  'an activity that was tried again': (history) => /"attempt": *[2-9]/.test(history) && history.includes('"lastFailure"'),
  'an activity that was stopped': (history) => history.includes('ACTIVITY_TASK_CANCELED'),
  'an update that was answered': (history) => history.includes('WORKFLOW_EXECUTION_UPDATE_COMPLETED'),
  'a signal that came': (history) => history.includes('WORKFLOW_EXECUTION_SIGNALED'),
  'an activity beside the run': (history) => history.includes('MARKER_RECORDED'),
  'a timer that was taken back': (history) => history.includes('TIMER_CANCELED'),
  'a timer that fired': (history) => history.includes('TIMER_FIRED'),
  'a timer that a signal ended': (history) => history.includes('TIMER_CANCELED') && history.includes('EXECUTION_SIGNALED'),
  'cancelled while a timer ran': (history) => history.includes('TIMER_STARTED') && !history.includes('TIMER_FIRED') && history.includes('EXECUTION_CANCELED'),
  'a state that operators list by': (history) => history.includes('UPSERT_WORKFLOW_SEARCH_ATTRIBUTES'),
  'what was changed since under a mark of its own': (history) => history.includes('core_patch'),
  'a later attempt of a version': (history) => /"workflowId": *"document-processing\/[^"]*\/2"/.test(history),
}

test('histories of every branch, and of every way through it, are there to be replayed', () => {
  const branches = [
    'after-password', 'approval-answered', 'approval-crowded', 'approval-crowded-end', 'approval-decided', 'approval-long', 'approval-long-end', 'approval-over', 'approval-raced', 'approval-retried', 'approval-retried-late',
    'approval-states', 'approval-states-end', 'approval-stirred', 'approval-timed', 'approval-together', 'cancelled', 'cancelled-between-tries', 'cancelled-index', 'cancelled-read', 'check', 'ended-in-index', 'ended-in-ocr', 'failed-inside',
    'failed-settled-late', 'file-failed', 'long', 'long-end', 'long-end-cancelled', 'needs-password', 'no-pages', 'overdue-digest', 'purge-cancelled', 'purge-done',
    'purge-over', 'purge-repeated', 'purge-retried', 'readers', 'readers-long', 'readers-long-end', 'reconciled', 'reembedding', 'reembedding-long', 'reembedding-long-end', 'reembedding-retried',
    'reindexing', 'reindexing-long', 'reindexing-long-end', 'reindexing-retried', 'retried',
    'retried-after-silence', 'run-failed', 'scan', 'superseded', 'sweep', 'sweep-long', 'sweep-long-end', 'sweep-retried', 'text', 'usage-rollup', 'webhook-done', 'webhook-long', 'webhook-long-end', 'webhook-retried', 'webhook-waited',
    'webhook-woken', 'webhook-woken-while-sending',
  ]
  expect(names).toEqual(expect.arrayContaining(branches.map((branch) => `${branch}.json`)))
  const histories = names.map((name) => readFileSync(join(folder, name), 'utf8'))
  expect(Object.entries(ways).filter(([, shows]) => !histories.some(shows)).map(([way]) => way)).toEqual([])
})

test('the present workflows replay every history that was ever recorded', async () => {
  const codePath = await workflowBundle(join(tmpdir(), 'intellidocs-test-bundles'))
  expect(await replay({ workflowBundle: { codePath } })).toEqual(all(null))
}, 60_000)

test('a workflow with one step more is caught by every one of them', async () => {
  const workflowsPath = join(import.meta.dirname, 'test-twin.workflows.ts')
  const bundle = await bundleWorkflowCode({ workflowsPath, failureConverterPath, logger: new DefaultLogger('ERROR') })
  expect(await replay({ workflowBundle: bundle })).toEqual(all('DeterminismViolationError'))
}, 60_000)

test('the bundle stays under 2 MB', async () => {
  expect(readFileSync(await workflowBundle(join(tmpdir(), 'intellidocs-test-bundles'))).length).toBeLessThan(2_000_000)
})
