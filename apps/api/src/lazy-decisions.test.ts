import type { DecisionsGateway } from '@intellidocs/domain'
import { expect, test } from 'vitest'
import { createLazyDecisions } from './lazy-decisions.ts'

const run = { orgId: 'o', runId: 'r', documentId: 'd' } as Parameters<DecisionsGateway['begin']>[0]
const decision = { decisionId: 'x', taskId: 't' } as Parameters<DecisionsGateway['decide']>[1]

function counted() {
  const calls: string[] = []
  const connect = () => {
    calls.push('connect')
    return Promise.resolve({
      gateway: { decide: () => { calls.push('decide'); return Promise.resolve('seen' as const) }, begin: () => { calls.push('begin'); return Promise.resolve() } },
      close: () => { calls.push('close'); return Promise.resolve() },
    })
  }
  return { calls, connect }
}

test('nothing is connected before the first decision, and then once for all', async () => {
  const { calls, connect } = counted()
  const { gateway, close } = createLazyDecisions(connect)
  expect(calls).toEqual([])
  expect(await Promise.all([gateway.decide(run, decision), gateway.decide(run, decision), gateway.begin(run)])).toEqual(['seen', 'seen', undefined])
  await close()
  expect(calls.toSorted()).toEqual(['begin', 'close', 'connect', 'decide', 'decide'])
})

test('what never connected closes, and what could not connect is tried again', async () => {
  const { calls, connect } = counted()
  await createLazyDecisions(connect).close()
  let fails = true
  const { gateway } = createLazyDecisions(() => (fails ? Promise.reject(new Error('no such file')) : connect()))
  await expect(gateway.decide(run, decision)).rejects.toThrow('no such file')
  fails = false
  expect(await gateway.decide(run, decision)).toBe('seen')
  expect(calls).toEqual(['connect', 'decide'])
})
