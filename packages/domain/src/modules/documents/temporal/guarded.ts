import type { Reason } from '@intellidocs/contracts'
import { AppError, atWrite, FencedError } from '@intellidocs/kernel'
import { StorageError } from '@intellidocs/storage'
import { ExtractionError } from '@intellidocs/extraction'
import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { DocumentsDeps } from '../documents.deps.ts'
import { endOf, endProcessing } from '../processing.service.ts'
import type { ProcessingRef } from '../processing.types.ts'
import type { RunEnd } from './activities.types.ts'

const HEARTBEAT_MS = 1000
/** A fault of ours is tried this often before the file is given up; one that crashes its reader every time would go on for minutes. */
const INTERNAL_TRIES = 3
/**
 * From this try on the next one waits. What is broken for longer than seconds (a database that moves, a model's server that restarts) takes minutes
 * to come back, and with the workflow's eight tries a document outlives twelve minutes of it. A worker that died reports nothing and
 * keeps the short pauses, so a file that kills workers is given up as soon as before.
 */
const PATIENT_FROM = 4
const PATIENT_PAUSE = '3 minutes'

/** `signal` ends the work; `fail` lets something in the background (progress, page rows) end it with its own error. */
export type Control = { readonly signal: AbortSignal; readonly fail: (error: unknown) => void }

/**
 * Runs the work of one activity with heartbeats, and turns what goes wrong into what it means: what is the file's fault ends the version with a
 * reason (and is no failure of the activity), a fence ends the run for good, everything else is thrown and tried again.
 */
export async function guarded<T>(deps: DocumentsDeps, ref: ProcessingRef, work: (control: Control) => Promise<T>): Promise<T | RunEnd> {
  const context = Context.current()
  const stop = new AbortController()
  const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS)
  try {
    return await work({ signal: AbortSignal.any([context.cancellationSignal, stop.signal]), fail: (error) => stop.abort(error) })
  } catch (error) {
    if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason
    return await settleError(deps, ref, stop.signal.aborted ? stop.signal.reason : error)
  } finally {
    clearInterval(beat)
  }
}

async function settleError(deps: DocumentsDeps, ref: ProcessingRef, error: unknown): Promise<RunEnd> {
  if (error instanceof FencedError) return fencedEnd(deps, ref)
  const fault = faultOf(error)
  if (fault === null) throw withPatience(error)
  const state = fault.reason === 'password_required' || fault.reason === 'password_wrong' ? 'needs_password' : 'failed'
  if (!await atWrite('settle', () => endProcessing(deps, ref, { state, ...fault }))) return fencedEnd(deps, ref)
  deps.log.info({ ...ref, state, reason: fault.reason, err: error }, 'a document could not be read')
  return { kind: 'ended', state, reason: fault.reason }
}

function withPatience(error: unknown): unknown {
  if (Context.current().info.attempt < PATIENT_FROM) return error
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return ApplicationFailure.create({ type: name, message, nextRetryDelay: PATIENT_PAUSE, ...(error instanceof Error ? { cause: error } : {}) })
}

/** A retry after the row was settled finds its own end and repeats that answer; another attempt's run must not say anything. */
async function fencedEnd(deps: DocumentsDeps, ref: ProcessingRef): Promise<RunEnd> {
  const end = await endOf(deps, ref)
  if (end !== null) return { kind: 'ended', state: end.state, reason: end.reason }
  throw ApplicationFailure.nonRetryable('this attempt is no longer the running one', 'Fenced')
}

type Fault = { readonly reason: Reason; readonly mime: string | null }

/** What is the file's fault, or can only be mended by a person. Null: ours, worth another try. */
function faultOf(error: unknown): Fault | null {
  if (error instanceof ExtractionError) {
    // `cancelled` without a cancel is a child that somebody else ended.
    const ours = error.reason === 'internal' || error.reason === 'cancelled'
    if (!ours) return { reason: error.reason, mime: error.mime }
    return Context.current().info.attempt >= INTERNAL_TRIES ? { reason: 'internal', mime: error.mime } : null
  }
  if (error instanceof StorageError && (error.kind === 'missing' || error.kind === 'integrity')) return { reason: 'blob_missing', mime: null }
  if (error instanceof AppError && (error.code === 'quota.exceeded' || error.code === 'plan.read_only')) return { reason: 'plan_limit', mime: null }
  return null
}
