import { setTimeout as delay } from 'node:timers/promises'
import { temporalConnectionOptions, type TemporalConfig } from '@intellidocs/kernel'
import { isGrpcServiceError } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { NativeConnection } from '@temporalio/worker'

const KEYWORD = 2
/** Of gRPC. */
const [NOT_FOUND, ALREADY_EXISTS] = [5, 6]
/** How long runs that are over can be looked up; the server's own default is a day. */
const RETENTION = '30 days'
/** A new namespace is known to all of a cluster's parts within seconds. */
const NAMESPACE_TRIES = 60
const CALL_MS = 10_000

/**
 * One connection for workers and client. Throws when the server does not answer now: a first connect that fails is final,
 * and the supervisor tries again.
 */
export async function connectTemporal(config: TemporalConfig): Promise<NativeConnection> {
  return NativeConnection.connect(await temporalConnectionOptions(config))
}

const within = <T>(connection: NativeConnection, call: () => Promise<T>): Promise<T> => connection.withDeadline(Date.now() + CALL_MS, call)
const answers = (error: unknown, code: number): boolean => isGrpcServiceError(error) && Number(error.code) === code

/**
 * Makes the namespace and its search attributes where they are missing; without them every start of a run is refused. Cheap when all is there, so it
 * is done again before each reconciling: a server that lost its whole state is good for work again without anybody's doing.
 */
export async function prepareNamespace(connection: NativeConnection, namespace: string, names: readonly string[]): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      await createIfMissing(connection, namespace)
      return await within(connection, () => ensureSearchAttributes(connection, namespace, names))
    } catch (error) {
      // Made just now, by this worker or another one; or the server lost its state between the two steps.
      if (!answers(error, NOT_FOUND) || tried === NAMESPACE_TRIES) throw error
      await delay(1000)
    }
  }
}

async function createIfMissing(connection: NativeConnection, namespace: string): Promise<void> {
  const { workflowService } = connection
  try {
    await within(connection, () => workflowService.describeNamespace({ namespace }))
    return
  } catch (error) {
    if (!answers(error, NOT_FOUND)) throw error
  }
  try {
    await within(connection, () => workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(RETENTION) }))
  } catch (error) {
    // Another worker was faster.
    if (!answers(error, ALREADY_EXISTS)) throw error
  }
}

/** Adding one of the same name and another type is answered with success and does nothing, so the type is checked. */
async function ensureSearchAttributes(connection: NativeConnection, namespace: string, names: readonly string[]): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  const wrong = names.filter((name) => customAttributes[name] !== undefined && customAttributes[name] !== KEYWORD)
  if (wrong.length > 0) throw new Error(`search attributes of Temporal's namespace ${namespace} are not of type Keyword: ${wrong.join(', ')}`)
  const missing = names.filter((name) => customAttributes[name] === undefined)
  if (missing.length === 0) return
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])) })
}
