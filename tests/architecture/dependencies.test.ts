import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './source-files.ts'

type Entry = { version?: string; resolved?: string; link?: boolean }

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Entry> }
const entries = Object.entries(lock.packages).filter(([path]) => path.includes('node_modules/'))
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** Below these, known holes are open. `npm audit` may not be reachable where this runs, so the table is ours to keep. */
const least: Record<string, string> = {
  'ws': '8.23.0', '@trpc/server': '11.15.0', 'express': '5.3.0', 'path-to-regexp': '8.4.0', 'nodemailer': '7.0.11',
  '@temporalio/client': '1.20.3', '@temporalio/worker': '1.20.3', '@temporalio/workflow': '1.20.3', '@temporalio/activity': '1.20.3', '@temporalio/common': '1.20.3',
}

/** Whether a version is at least another; a pre-release counts as below its release. */
function atLeast(version: string, wanted: string): boolean {
  const [numbers = '', preRelease] = version.split('-')
  const have = numbers.split('.').map(Number)
  const want = wanted.split('.').map(Number)
  for (let at = 0; at < 3; at += 1) if ((have[at] ?? 0) !== (want[at] ?? 0)) return (have[at] ?? 0) > (want[at] ?? 0)
  return preRelease === undefined
}

test.each([
  ['8.23.0', '8.23.0', true], ['8.22.9', '8.23.0', false], ['10.0.0', '8.23.0', true], ['8.23.0-rc.1', '8.23.0', false], ['8.9.0', '8.23.0', false],
])('%s is at least %s: %s', (version, wanted, expected) => expect(atLeast(version, wanted)).toBe(expected))

test('no copy of a package is older than the safe minimum', () => {
  const old = entries.filter(([path, { version }]) => {
    const wanted = least[nameOf(path)]
    return wanted !== undefined && !atLeast(version ?? '0.0.0', wanted)
  })
  expect(old.map(([path, { version }]) => `${path} ${version ?? ''}`)).toEqual([])
})

test('the table is about packages that are here', () => {
  const names = new Set(entries.map(([path]) => nameOf(path)))
  expect(Object.keys(least).filter((name) => !names.has(name))).toEqual([])
})

test('there is exactly one copy of protobufjs, 8.8.1, or Temporal histories stop replaying', () => {
  expect(entries.filter(([path]) => nameOf(path) === 'protobufjs').map(([path, { version }]) => `${path} ${version ?? ''}`)).toEqual(['node_modules/protobufjs 8.8.1'])
})

test('the lock file names no registry, so that each machine uses its own', () => {
  expect(Object.values(lock.packages).filter(({ resolved, link }) => resolved !== undefined && link !== true)).toEqual([])
})
