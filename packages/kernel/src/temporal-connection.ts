import { readFile } from 'node:fs/promises'
import type { TemporalConfig, TemporalTls } from './config.types.ts'

/** The part of the SDK's connection options that the configuration decides; the same shape for a worker and for a client. */
export type TemporalConnectionOptions = {
  readonly address: string
  readonly apiKey?: string
  readonly tls?: {
    readonly serverRootCACertificate?: Buffer
    readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer }
    readonly serverNameOverride?: string
  }
}

/**
 * How to reach the Temporal server that is configured. Without `tls` it is in the clear, but for an API key: that the SDK sends over TLS only.
 * @throws the file system's error for a PEM file that cannot be read
 */
export async function temporalConnectionOptions({ address, apiKey, tls }: TemporalConfig): Promise<TemporalConnectionOptions> {
  return { address, ...(apiKey === undefined ? {} : { apiKey }), ...(tls === undefined ? {} : { tls: await readPems(tls) }) }
}

async function readPems({ ca, cert, key, serverName }: TemporalTls): Promise<TemporalConnectionOptions['tls'] & object> {
  return {
    ...(ca === undefined ? {} : { serverRootCACertificate: await readFile(ca) }),
    ...(cert === undefined || key === undefined ? {} : { clientCertPair: { crt: await readFile(cert), key: await readFile(key) } }),
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
  }
}
