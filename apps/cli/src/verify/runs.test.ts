import { expect, test } from 'vitest'
import { compareRuns, type Run, type Version } from './runs.ts'

const long = new Date(Date.now() - 3_600_000)
const version = (id: string, given: Partial<Version> = {}): Version => ({ id, orgId: 'org', attempt: 1, open: false, since: long, ...given })
const run = (versionId: string, given: Partial<Run> = {}): Run => ({ versionId, attempt: 1, open: false, last: true, ...given })
const kinds = (runs: Run[], versions: Version[]): string[] => compareRuns(runs, versions, new Set(['a'])).map(({ kind }) => kind)

test.each<[string, string[], Run[], Version[]]>([
  ['an ended version and its ended run', [], [run('a')], [version('a')]],
  ['a version in work and its open run', [], [run('a', { open: true })], [version('a', { open: true })]],
  ['a version that came a moment ago and has no run yet', [], [], [version('a', { open: true, since: new Date() })]],
  ['a run that went on as a new one', [], [run('a', { last: false }), run('a')], [version('a')]],
  ['a version without a run', ['no_run'], [], [version('a', { open: true })]],
  ['a version whose run is of an attempt before', ['no_run', 'open_run'], [run('a', { open: true })], [version('a', { open: true, attempt: 2 })]],
  ['an open run of an ended version', ['open_run'], [run('a', { open: true })], [version('a')]],
  ['an open run of no version', ['open_run'], [run('a', { open: true })], []],
  ['two runs of one attempt', ['double_run'], [run('a'), run('a')], [version('a')]],
  ['two runs of one attempt of a version that nobody asked about', [], [run('b'), run('b')], [version('b')]],
])('%s: %j', (_name, expected, runs, versions) => {
  expect(kinds(runs, versions)).toEqual(expected)
})
