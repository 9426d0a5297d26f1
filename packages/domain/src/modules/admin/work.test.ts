import { createLog, newId, noSource, type Person, type Tx } from '@intellidocs/kernel'
import type { JobSelection, OrgId, UserId } from '@intellidocs/contracts'
import { expect, test } from 'vitest'
import { createSelectionTokens } from './selection.ts'
import { workRepository, type FoundJob } from './work.repository.ts'
import { createWorkService } from './work.service.ts'

const person = { userId: newId() as UserId, platformAdmin: true, requestId: 'test', source: noSource } as Person
const selection: JobSelection = { kind: 'processing', states: ['failed'], minutes: 0 }

/** `count` failed documents, the oldest first; `act` says what becomes of one. */
function openWork(count: number, act: (n: number) => Promise<boolean>) {
  const jobs = Array.from({ length: count }, (_, n): FoundJob => {
    const id = newId()
    return {
      id, orgId: newId() as OrgId, orgName: 'a', kind: 'processing', state: 'failed', stage: null, reason: null, attempt: 1, documentId: newId(), since: new Date(n),
      position: { at: new Date(n).toISOString(), id },
    }
  })
  const gone = new Set<string>()
  const asked: number[] = []
  const tx = { $executeRaw: () => Promise.resolve(1) } as unknown as Tx
  const left = () => jobs.filter(({ id }) => !gone.has(id))
  const tokens = createSelectionTokens({ clock: { now: () => new Date() }, secretKeys: [Buffer.alloc(32, 5)] })
  const service = createWorkService({
    tokens, log: createLog({ level: 'silent', name: 'test' }),
    unit: { admit: () => Promise.resolve(), look: (work) => work(tx), act: (by, work) => work({ tx, person: by }) },
    repository: {
      ...workRepository, countJobs: () => Promise.resolve(left().length),
      jobs: (_tx, _selection, { limit, after }) => Promise.resolve(left().filter(({ position }) => after === null || position.at > after.at).slice(0, limit + 1)),
    },
    documents: {
      cancel: () => Promise.resolve(false),
      async retry({ versionId }) {
        const n = jobs.findIndex(({ id }) => id === versionId)
        asked.push(n)
        const done = await act(n)
        if (done) gone.add(versionId)
        return done
      },
    },
    flows: { withdraw: () => Promise.resolve(false) },
  })
  return { asked, retry: () => service.retry(person, { selection, why: 'because', token: tokens.issue({ selection, by: person.userId }) }) }
}

test('what cannot be acted on keeps nothing behind it waiting, and a hundred to a call are done', async () => {
  const { retry, asked } = openWork(350, (n) => Promise.resolve(n >= 120))
  expect(await retry()).toEqual({ done: 100, left: 250 })
  expect(Math.max(...asked)).toBe(219)
  expect([(await retry()).done, (await retry()).done, (await retry()).done]).toEqual([100, 30, 0])
})

test('one that throws is passed over; where all throw, the call breaks off', async () => {
  const some = openWork(5, (n) => (n === 1 ? Promise.reject(new Error('not this one')) : Promise.resolve(true)))
  expect(await some.retry()).toEqual({ done: 4, left: 1 })
  expect(some.asked).toEqual([0, 1, 2, 3, 4])
  const none = openWork(50, () => Promise.reject(new Error('away')))
  await expect(none.retry()).rejects.toThrow('10 pieces of work in a row could not be acted on')
  expect(none.asked).toHaveLength(10)
})
