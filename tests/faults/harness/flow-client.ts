import { setTimeout as delay } from 'node:timers/promises'
import { IntelliDocsError, type IntelliDocsClient } from '@intellidocs/client'
import { verdicts, type DocumentId, type FlowId, type FlowRunId, type FlowTask, type RunDetails, type Verdict } from '@intellidocs/contracts'
import { z } from 'zod'
import { isUncertain, SETTLE_EVERY_MS, SETTLE_WITHIN_MS, type LedgerClient } from './ledger-client.ts'
import type { Person } from './people.ts'

/** What somebody was told for certain of their decision. */
type Told = { readonly kind: 'decided' } | { readonly kind: 'beaten'; readonly by: string; readonly verdict: Verdict } | { readonly kind: 'refused'; readonly code: string }

/** Starts runs and decides tasks as people and programs do who mean it, and notes what they are promised. */
export type FlowClient = {
  /** Asks until the run is promised. */
  start(flowId: FlowId, documentId: DocumentId): Promise<FlowRunId>
  /** Asks under one key until there is a certain answer. */
  decide(who: Person, task: FlowTask, verdict: Verdict): Promise<Told>
  /** Looks until `look` finds something; a look that is not answered is none. */
  see<T>(what: string, id: FlowRunId, look: (run: RunDetails) => T): Promise<Exclude<T, false | null | undefined>>
}

const beaten = z.object({ decidedBy: z.string(), verdict: z.enum(verdicts) })
/** Twenty runs at a time look: more often, the looking would be the load. */
const LOOK_EVERY_MS = 400

let clients = 0

export function createFlowClient({ ledger, client, org }: Pick<LedgerClient, 'ledger' | 'client' | 'org'>): FlowClient {
  // Keys are remembered for as long as their runs.
  const prefix = `flows-${process.pid}-${Date.now()}-${clients += 1}`
  let count = 0
  const newId = (): string => `${prefix}-${count += 1}`

  async function start(flowId: FlowId, documentId: DocumentId): Promise<FlowRunId> {
    const id = newId()
    ledger.write({ kind: 'start', id, org: org.id, flowId, documentId })
    let asked = false
    const runId = await insist(`run ${id} was started`, async () => {
      try {
        return (await client.api.workflows.runs.start.mutate({ flowId, documentId })).id
      } catch (error) {
        // Started by a request before, whose answer was lost.
        if (asked && error instanceof IntelliDocsError && error.appCode === 'run.open') return await openRun(client, flowId, documentId)
        throw error
      } finally {
        asked = true
      }
    })
    ledger.write({ kind: 'started', id, runId })
    return runId
  }

  async function decide({ userId, client: own }: Person, { id: taskId, contentSha256 }: FlowTask, verdict: Verdict): Promise<Told> {
    const id = newId()
    ledger.write({ kind: 'decide', id, org: org.id, taskId, userId, verdict })
    const told = await insist(`decision ${id} had its answer`, async (): Promise<Told | null> => {
      try {
        const { status } = await own.api.workflows.tasks.decide.mutate({ id: taskId, verdict, contentSha256, idempotencyKey: id })
        return status === 'decided' ? { kind: 'decided' } : null
      } catch (error) {
        if (!(error instanceof IntelliDocsError) || error.appCode === null || isUncertain(error)) throw error
        if (error.appCode !== 'task.decided') return { kind: 'refused', code: error.appCode }
        const { decidedBy, verdict: theirs } = beaten.parse(error.details)
        return { kind: 'beaten', by: decidedBy, verdict: theirs }
      }
    })
    ledger.write(told.kind === 'refused' ? { kind: 'refused', id, code: told.code } : { ...told, id })
    return told
  }

  return {
    start, decide,
    see: (what, id, look) => insist(what, async () => look(await client.api.workflows.runs.get.query({ id })), LOOK_EVERY_MS),
  }
}

/** Null where the one that was open is not listed: it may have been asked while its start was still being written. */
async function openRun(client: IntelliDocsClient, flowId: FlowId, documentId: DocumentId): Promise<FlowRunId | null> {
  const { items } = await client.api.workflows.runs.list.query({ flowId, documentId, state: 'open', limit: 1 })
  return items[0]?.id ?? null
}

/** Until `ask` answers something. What is uncertain is asked again; any other error is thrown. */
async function insist<T>(what: string, ask: () => Promise<T>, everyMs = SETTLE_EVERY_MS): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + SETTLE_WITHIN_MS
  for (let last: unknown = null; ;) {
    try {
      const found = await ask()
      if (found !== false && found !== null && found !== undefined) return found as Exclude<T, false | null | undefined>
    } catch (error) {
      if (!(error instanceof IntelliDocsError) || !isUncertain(error)) throw error
      last = error
    }
    if (performance.now() > end) throw new Error(`waited ${SETTLE_WITHIN_MS / 1000} s in vain until ${what}`, { cause: last })
    await delay(everyMs)
  }
}
