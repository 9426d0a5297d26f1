import type { OrgId, WebhookEndpointId } from '@intellidocs/contracts'
import type { WebhookRef } from '@intellidocs/domain/webhooks/temporal'
import { newId } from '@intellidocs/kernel'
import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bare, openBranches, type Branches } from './branches.testkit.ts'

/** The decisions of the workflow that sends to one endpoint, alone. Histories are recorded as in `branches.int.test.ts`. */
let branches: Branches
beforeAll(async () => { branches = await openBranches() })
afterAll(() => branches.close())
beforeEach(() => { branches.reset() })

async function begin(): Promise<WebhookRef> {
  const ref = { orgId: newId() as OrgId, endpointId: newId() as WebhookEndpointId }
  await branches.webhooks.wake(ref)
  return ref
}
/** One answer after the other; the last one stays. */
const answers = (...given: (number | null)[]) => () => {
  branches.asked.push('due')
  return Promise.resolve({ nextInMs: given.length > 1 ? given.shift() ?? null : given[0] ?? null })
}
const timerRuns = (ref: WebhookRef) => async () =>
  (await branches.handleOf(ref).fetchHistory()).events?.some((event) => event.timerStartedEventAttributes) ?? false

test('it sends what is due and ends when nothing waits; the next event begins another', async () => {
  const ref = await begin()
  await branches.handleOf(ref).result()
  expect(branches.asked).toEqual(['due'])
  await branches.record(ref, 'webhook-done')
  await branches.webhooks.wake(ref)
  await branches.handleOf(ref).result()
  expect(branches.asked).toEqual(['due', 'due'])
})

test('it goes on at once while more is due, and waits until the next is', async () => {
  branches.fakeWebhooks.deliverDue = answers(0, 300, null)
  const ref = await begin()
  await branches.handleOf(ref).result()
  expect(branches.asked).toEqual(['due', 'due', 'due'])
  await branches.record(ref, 'webhook-waited')
})

test('what comes while it waits is sent at once', async () => {
  branches.fakeWebhooks.deliverDue = answers(3_600_000, null)
  const ref = await begin()
  await expect.poll(timerRuns(ref), { timeout: 30_000 }).toBe(true)
  await branches.webhooks.wake(ref)
  await branches.handleOf(ref).result()
  expect(branches.asked).toEqual(['due', 'due'])
  await branches.record(ref, 'webhook-woken')
})

test('what comes while it sends, after the last look, is not lost', async () => {
  const [sending, goOn] = [Promise.withResolvers<undefined>(), Promise.withResolvers<{ nextInMs: null }>()]
  branches.fakeWebhooks.deliverDue = () => {
    branches.asked.push('due')
    sending.resolve(undefined)
    return goOn.promise
  }
  const ref = await begin()
  await sending.promise
  await branches.webhooks.wake(ref)
  goOn.resolve({ nextInMs: null })
  await branches.handleOf(ref).result()
  expect(branches.asked).toEqual(['due', 'due'])
  await branches.record(ref, 'webhook-woken-while-sending')
})

test('a round that fails is made again: the database may be away', async () => {
  let tries = 0
  branches.fakeWebhooks.deliverDue = () => {
    branches.asked.push('due')
    return tries++ === 0 ? Promise.reject(bare(ApplicationFailure.retryable('away', 'Test'))) : Promise.resolve({ nextInMs: null })
  }
  const ref = await begin()
  await branches.handleOf(ref).result()
  expect(branches.asked).toEqual(['due', 'due'])
  await branches.record(ref, 'webhook-retried')
})

test('a busy endpoint goes on in a new run, and no history comes near 2,000 events', async () => {
  branches.fakeWebhooks.deliverDue = answers(...Array.from({ length: 120 }, () => 0), null)
  const ref = await begin()
  const first = (await branches.handleOf(ref).describe()).runId
  await branches.handleOf(ref).result()
  expect(branches.asked).toHaveLength(121)
  const { events } = await branches.handleOf(ref, first).fetchHistory()
  expect(events?.length).toBeLessThan(600)
  await branches.record(ref, 'webhook-long', first)
  await branches.record(ref, 'webhook-long-end')
}, 240_000)

test('however often it is woken, one endpoint has one run at a time', async () => {
  let [running, most] = [0, 0]
  branches.fakeWebhooks.deliverDue = async () => {
    running += 1
    most = Math.max(most, running)
    await new Promise((resolve) => { setImmediate(resolve) })
    running -= 1
    return { nextInMs: null }
  }
  const ref = await begin()
  await Promise.all(Array.from({ length: 10 }, () => branches.webhooks.wake(ref)))
  await branches.handleOf(ref).result()
  expect(most).toBe(1)
})
