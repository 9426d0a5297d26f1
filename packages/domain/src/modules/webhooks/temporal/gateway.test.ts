import type { OrgId, WebhookEndpointId } from '@intellidocs/contracts'
import type { Client } from '@temporalio/client'
import { expect, test } from 'vitest'
import { createWebhookGateway } from './gateway.ts'

const ref = { orgId: '0193f0c2-0000-7000-8000-0000000000aa' as OrgId, endpointId: '0193f0c2-0000-7000-8000-0000000000e1' as WebhookEndpointId }

test('a wake has two seconds, and takes its turn among organizations and not among endpoints', async () => {
  const asked: { until: number; options: unknown }[] = []
  const client = {
    withDeadline: (until: number, call: () => Promise<void>) => {
      asked.push({ until, options: null })
      return call()
    },
    workflow: { signalWithStart: async (_type: string, options: object) => { asked.push({ until: 0, options }) } },
  }
  const before = Date.now()
  await createWebhookGateway(client as unknown as Client).wake(ref)
  expect(asked[0]?.until).toBeGreaterThanOrEqual(before + 2_000)
  expect(asked[0]?.until).toBeLessThanOrEqual(Date.now() + 2_000)
  expect(asked[1]?.options).toMatchObject({ workflowId: `webhooks/${ref.endpointId}`, signal: 'wake', priority: { fairnessKey: ref.orgId } })
})
