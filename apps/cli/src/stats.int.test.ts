import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApiProcess, type ApiProcess } from './api-process.testkit.ts'
import { openInvited, openOwner, refusal, type Terminal } from './terminals.testkit.ts'

let api: ApiProcess
let dir: string
let owner: Terminal
let viewer: Terminal
beforeAll(async () => {
  api = await startApiProcess()
  dir = await mkdtemp(join(tmpdir(), 'intellidocs-cli-stats-'))
  owner = await openOwner(api, dir)
  viewer = await openInvited(api, { dir, email: 'vera@example.org', by: owner, role: 'viewer' })
})
afterAll(async () => {
  await api.close()
  await rm(dir, { recursive: true })
})

test.each(['overview', 'documents', 'processing', 'flows', 'search', 'sharing', 'usage'])('%s is shown to an owner, also as JSON and CSV', async (what) => {
  expect(await owner.run('stats', what, '--from', '2026-11-01', '--to', '2026-11-30')).toMatchObject({ code: 0 })
  const json = await owner.run('stats', what, '--json')
  expect([json.code, typeof json.json()]).toEqual([0, 'object'])
  const csv = await owner.run('stats', what, '--csv', '--by', 'month')
  expect([csv.code, csv.stdout]).toEqual([0, expect.stringMatching(/^\w+(,\w+)+\r\n/)])
})

test('without a word it is the overview, and what is no figure is told before anything is asked', async () => {
  expect((await owner.run('stats')).stdout).toContain('Now 0 documents and 0 in the trash')
  expect(await owner.run('stats', 'weather')).toMatchObject({ code: 2 })
  expect(await owner.run('stats', 'overview', '--json', '--csv')).toMatchObject({ code: 2 })
})

test('what is chosen is said back, and a time zone that is none is refused', async () => {
  expect((await owner.run('stats', 'settings', '--zone', 'America/Sao_Paulo', '--words', 'kept', '--people', 'shown')).stdout)
    .toBe('Time zone UTC (days are being built anew). Words of queries are kept. Decisions of each person are shown.\n')
  expect(await owner.run('stats', 'settings', '--zone', 'Mars/Olympus')).toMatchObject({ code: 1 })
  expect(await owner.run('stats', 'flows')).toMatchObject({ code: 0 })
})

test('a viewer is told that the right is lacking', async () => {
  expect(await viewer.run('stats')).toMatchObject(refusal('You lack the right to do this'))
})
