import { readFile } from 'node:fs/promises'
import type { TemporalConfig } from '@intellidocs/kernel'
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker'

const KEYWORD = 2

/**
 * One connection for workers and client. Throws when the server does not answer now: a first connect that fails is final,
 * and the supervisor tries again.
 */
export async function connectTemporal(config: TemporalConfig): Promise<NativeConnection> {
  const tls = await tlsOf(config)
  return NativeConnection.connect({
    address: config.address, ...(config.apiKey === undefined ? {} : { apiKey: config.apiKey }), ...(tls === undefined ? {} : { tls }),
  })
}

async function tlsOf({ tls, apiKey }: TemporalConfig): Promise<NativeConnectionOptions['tls'] | undefined> {
  if (tls === undefined) return apiKey === undefined ? undefined : true
  return {
    ...(tls.ca === undefined ? {} : { serverRootCACertificate: await readFile(tls.ca) }),
    ...(tls.cert === undefined || tls.key === undefined ? {} : { clientCertPair: { crt: await readFile(tls.cert), key: await readFile(tls.key) } }),
    ...(tls.serverName === undefined ? {} : { serverNameOverride: tls.serverName }),
  }
}

/**
 * Without its search attributes every start of a run is refused, so they are looked at once, and added where they are missing.
 * Adding one of the same name and another type is answered with success and does nothing, so the type is checked.
 */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string, names: readonly string[]): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  const wrong = names.filter((name) => customAttributes[name] !== undefined && customAttributes[name] !== KEYWORD)
  if (wrong.length > 0) throw new Error(`search attributes of Temporal's namespace ${namespace} are not of type Keyword: ${wrong.join(', ')}`)
  const missing = names.filter((name) => customAttributes[name] === undefined)
  if (missing.length === 0) return
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])) })
}
