import { PLATFORM_ORG_ID, type SecondFactorReset } from '@intellidocs/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAdministration, REASON, type Administration } from './admin.testkit.ts'
import { data, mutate } from './api.testkit.ts'
import { newPerson, type Person } from './people.testkit.ts'

const ROUNDS = 20
let house: Administration
let third: Person
beforeAll(async () => {
  house = await openAdministration()
  third = await house.newAdministrator('third')
})
afterAll(() => house.close())

const rounds = Array.from({ length: ROUNDS }, (_, round) => round)

test(`a second factor that two administrators approve to take off at once is taken off once, ${ROUNDS} times`, async () => {
  const person = await newPerson(house.api, 'loser')
  for (const round of rounds) {
    await house.giveFactor(person.id)
    const { id } = data<SecondFactorReset>(await house.act('users.resetSecondFactor', { id: person.id, reason: REASON }))
    const answers = await Promise.all([house.second, third].map(({ headers }) => house.act('users.resets.approve', { id }, headers)))
    expect([round, answers.filter(({ status }) => status === 200).length]).toEqual([round, 1])
  }
  const decided = (await house.trail(PLATFORM_ORG_ID, person.id)).filter(({ action }) => action === 'users.second-factor-changed.v1')
  expect([decided.length, (await house.sql.query('select from second_factor where user_id = $1', [person.id])).rowCount]).toEqual([ROUNDS, 0])
})

test(`of uploads that come while their organization is suspended each that was answered is kept, and none is taken that begins after it, ${ROUNDS} times`, async () => {
  const org = await house.newOrg()
  const upload = async (name: string): Promise<boolean> =>
    (await fetch(`${house.api.url}/api/v1/documents`, { method: 'POST', headers: { ...org.headers, 'x-file-name': name }, body: `words of ${name}` })).status === 201
  const there = async (): Promise<number> => (await house.sql.query('select from document where org_id = $1', [org.id])).rowCount ?? 0
  let kept = 0
  for (const round of rounds) {
    const sent = Array.from({ length: 5 }, (_, n) => upload(`${round}-${n}.txt`))
    data(await house.act('orgs.suspend', { id: org.id, reason: REASON }))
    kept += (await Promise.all(sent)).filter(Boolean).length
    expect([round, await upload(`${round}-late.txt`), await there()]).toEqual([round, false, kept])
    data(await house.act('orgs.resume', { id: org.id }))
  }
  expect(await upload('after.txt')).toBe(true)
})

test('a run of a flow that waits for people is withdrawn among other work, once, in both chains', async () => {
  const org = await house.newOrg()
  const sent = await fetch(`${house.api.url}/api/v1/documents`, { method: 'POST', headers: { ...org.headers, 'x-file-name': 'a.txt' }, body: 'words' })
  const { document: { id: documentId } } = await sent.json() as { document: { id: string } }
  await house.sql.query(`update document_version set state = 'ready', pages = 0 where document_id = $1`, [documentId])
  await house.sql.query('update document set published_version_id = current_version_id where id = $1', [documentId])
  const spec = { name: 'Sign-off', fourEyes: false, stages: [{ key: 'one', name: 'One', ask: [{ role: 'owner' }], decide: { rule: 'any' } }] }
  const flow = data<{ id: string }>(await mutate(house.api.url, 'workflows.definitions.create', { spec }, org.headers))
  data(await mutate(house.api.url, 'workflows.definitions.publish', { id: flow.id }, org.headers))
  const { id } = data<{ id: string }>(await mutate(house.api.url, 'workflows.runs.start', { flowId: flow.id, documentId }, org.headers))
  const selection = { kind: 'flow', states: ['waiting', 'working'], orgId: org.id }
  const { count, token } = data<{ count: number; token: string }>(await house.look('jobs.count', selection))
  const answers = await Promise.all([1, 2].map(() => house.act('jobs.cancel', { selection, token, why: REASON })))
  expect([count, answers.reduce((all, answer) => all + data<{ done: number }>(answer).done, 0)]).toEqual([1, 1])
  const { rows } = await house.sql.query<{ state: string; ended: boolean }>('select state, ended_at is not null as ended from flow_run where id = $1', [id])
  expect(rows).toEqual([{ state: 'withdrawn', ended: true }])
  expect((await house.actions(org.id, id)).filter((action) => action === 'workflows.run-ended.v1')).toHaveLength(1)
  const told = await house.sql.query<{ data: { reason: string; done?: { id: string }[] } }>(`select data from audit where org_id = $1 and action = 'admin.jobs-cancelled' order by id`, [PLATFORM_ORG_ID])
  expect(told.rows.flatMap((row) => row.data.done ?? []).map((job) => job.id)).toEqual([id])
})
