import { expect, test } from 'vitest'
import { compareFlowRuns, type FlowRunRow } from './flow-runs.ts'

const [before, due, after] = [new Date(1_000), new Date(2_000), new Date(3_000)]
const row = (given: Partial<FlowRunRow> = {}): FlowRunRow => ({ id: 'a', orgId: 'org', driven: true, done: false, since: before, ...given })

test.each<[string, string[], string[], FlowRunRow[]]>([
  ['a run that goes on', [], ['a'], [row()]],
  ['a run that is over and certified', [], [], [row({ driven: false, done: true })]],
  ['a run that is over and waits for its certificate', [], ['a'], [row({ driven: false })]],
  ['a run that came a moment ago', [], [], [row({ since: after })]],
  ['a run that nothing drives', ['no_run'], [], [row()]],
  ['something that goes on for a run that is done', ['open_run'], ['a'], [row({ driven: false, done: true })]],
  ['something that goes on for no run', ['open_run'], ['a'], []],
])('%s: %j', (_name, expected, open, rows) => {
  expect(compareFlowRuns(open, rows, due).map(({ kind }) => kind)).toEqual(expected)
})
