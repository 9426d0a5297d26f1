import { verdicts, type Verdict } from '@intellidocs/contracts'
import { z } from 'zod'
import { at, eventId, uuid } from './ledger-values.ts'

const verdict = z.enum(verdicts)

/**
 * Lines about flows. `start` and `decide` are on disk before the request leaves; `id` of a decision is its idempotency key. `decided`: acknowledged with its result.
 * `beaten`: told that somebody was faster, who and how. `endpoint`: a receiver, and from where on it is owed the events of these types. `hook`: a request came to it.
 * `mail`: one lies in the folder, `what` kind it is of and which document it names.
 */
export const flowLines = [
  z.strictObject({ kind: z.literal('start'), at, id: z.string(), org: uuid, flowId: uuid, documentId: uuid }),
  z.strictObject({ kind: z.literal('started'), at, id: z.string(), runId: uuid }),
  z.strictObject({ kind: z.literal('decide'), at, id: z.string(), org: uuid, taskId: uuid, userId: uuid, verdict }),
  z.strictObject({ kind: z.literal('decided'), at, id: z.string() }),
  z.strictObject({ kind: z.literal('beaten'), at, id: z.string(), by: uuid, verdict }),
  z.strictObject({ kind: z.literal('endpoint'), at, org: uuid, endpointId: uuid, after: eventId, types: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('hook'), at, endpointId: uuid, deliveryId: z.string(), eventId }),
  z.strictObject({ kind: z.literal('mail'), at, org: uuid, mailId: uuid, to: uuid, documentId: uuid, what: z.string() }),
] as const
type FlowLine = z.infer<(typeof flowLines)[number]>
/** A line of any ledger, as far as it matters here. */
type AnyLine = FlowLine | { readonly kind: 'refused'; readonly id: string } | { readonly kind: 'try' | 'change' | 'ack' | 'listen' | 'recv' }

export type RunTry = { readonly id: string; readonly org: string; readonly flowId: string; readonly documentId: string; runId: string | null }

/** What somebody was told of their decision, for certain. */
type Told = { readonly kind: 'decided' } | { readonly kind: 'beaten'; readonly by: string; readonly verdict: Verdict } | { readonly kind: 'refused' }

export type DecisionTry = {
  readonly id: string
  readonly org: string
  readonly taskId: string
  readonly userId: string
  readonly verdict: Verdict
  /** Each certain answer under its key; more than one where it was asked again. */
  readonly told: Told[]
}

export type Endpoint = {
  readonly endpointId: string
  readonly org: string
  readonly after: string
  readonly types: readonly string[]
  readonly received: { readonly deliveryId: string; readonly eventId: string }[]
}

export type Mailed = { readonly org: string; readonly mailId: string; readonly to: string; readonly documentId: string; readonly what: string }

/** What clients tried with runs and tasks, were promised, and were sent. */
export type FlowLedger = {
  readonly runs: readonly RunTry[]
  readonly decisions: readonly DecisionTry[]
  readonly endpoints: readonly Endpoint[]
  readonly mails: readonly Mailed[]
}

/** Takes the lines that are about flows, one after the other; false: the line is about something else. */
export function createFlowFold(): { take(line: AnyLine): boolean; told(): FlowLedger } {
  const runs = new Map<string, RunTry>()
  const decisions = new Map<string, DecisionTry>()
  const endpoints = new Map<string, Endpoint>()
  const mails: Mailed[] = []
  const tell = (id: string, told: Told): boolean => decisions.get(id)?.told.push(told) !== undefined

  function take(line: AnyLine): boolean {
    switch (line.kind) {
      case 'start':
        runs.set(line.id, { id: line.id, org: line.org, flowId: line.flowId, documentId: line.documentId, runId: null })
        return true
      case 'started': {
        const run = runs.get(line.id)
        if (run !== undefined) run.runId = line.runId
        return true
      }
      case 'decide':
        decisions.set(line.id, { id: line.id, org: line.org, taskId: line.taskId, userId: line.userId, verdict: line.verdict, told: [] })
        return true
      case 'decided': tell(line.id, { kind: 'decided' }); return true
      case 'beaten': tell(line.id, { kind: 'beaten', by: line.by, verdict: line.verdict }); return true
      case 'refused': return tell(line.id, { kind: 'refused' })
      case 'endpoint':
        endpoints.set(line.endpointId, { endpointId: line.endpointId, org: line.org, after: line.after, types: line.types, received: [] })
        return true
      case 'hook': endpoints.get(line.endpointId)?.received.push({ deliveryId: line.deliveryId, eventId: line.eventId }); return true
      case 'mail': mails.push(line); return true
      default: return false
    }
  }
  return { take, told: () => ({ runs: [...runs.values()], decisions: [...decisions.values()], endpoints: [...endpoints.values()], mails }) }
}
