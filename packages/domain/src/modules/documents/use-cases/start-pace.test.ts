import type { RunRef, VersionId } from '@intellidocs/contracts'
import { expect, test } from 'vitest'
import { createStartPace } from './start-pace.ts'

const run = (n: number, attempt = 1): RunRef => ({ versionId: `0198f3a0-0000-7000-8000-00000000000${n}` as VersionId, attempt })

function pace(most: number) {
  const open = new Map<string, number>()
  let at = 0
  const made = createStartPace({
    most, now: () => at,
    states: (ids) => Promise.resolve(ids.flatMap((versionId) => {
      const attempt = open.get(versionId)
      return attempt === undefined ? [] : [{ versionId, attempt, open: true, changedAt: new Date(0) }]
    })),
  })
  return {
    ...made, pass: (ms: number) => { at += ms }, end: ({ versionId }: RunRef) => open.delete(versionId),
    start: (of: RunRef) => { open.set(of.versionId, of.attempt); made.begin(of) },
  }
}

test('there is room until as many runs go on as are meant to, and again when one has ended', async () => {
  const { room, start, end } = pace(2)
  expect(await room()).toBe(2)
  start(run(1))
  expect(await room()).toBe(1)
  start(run(2))
  expect(await room()).toBe(0)
  end(run(1))
  expect(await room()).toBe(1)
})

test('a start that failed takes no room', async () => {
  const { room, start, forget } = pace(1)
  start(run(1))
  forget(run(1))
  expect(await room()).toBe(1)
})

test('an attempt that another one has followed takes no room', async () => {
  const { room, start } = pace(2)
  start(run(1, 1))
  start(run(1, 2))
  expect(await room()).toBe(1)
})

test('a run that goes on for long makes room for others', async () => {
  const { room, start, pass } = pace(1)
  start(run(1))
  pass(29_000)
  expect(await room()).toBe(0)
  pass(2_000)
  expect(await room()).toBe(1)
})
