import { temporalConnectionOptions, type TemporalConfig } from '@intellidocs/kernel'
import { Client, Connection } from '@temporalio/client'
import type { DataConverter } from '@temporalio/common'

export type LazyClient = { readonly client: Client; close(): Promise<void> }

/**
 * A client for processes that work without Temporal: nothing is connected before the first call, a server that is away fails that call alone, and
 * the connection mends itself. A call waits as long as its deadline says, so every call needs one.
 * @throws the file system's error for a PEM file of the configuration that cannot be read
 */
export async function connectLazily(config: TemporalConfig, dataConverter: DataConverter): Promise<LazyClient> {
  const connection = Connection.lazy(await temporalConnectionOptions(config))
  return { client: new Client({ connection, namespace: config.namespace, dataConverter }), close: () => connection.close() }
}
