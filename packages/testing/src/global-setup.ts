import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startPostgresForRun, type PostgresForRun } from './servers/postgres.ts'
import { startTemporalForRun, type TemporalForRun } from './servers/temporal.ts'

declare module 'vitest' {
  interface ProvidedContext {
    intellidocsServers: string
  }
}

let postgres: Promise<PostgresForRun> | undefined
let temporal: Promise<TemporalForRun> | undefined
let broker: Server | undefined

async function answer(path: string | undefined): Promise<object> {
  if (path === '/postgres') return (await (postgres ??= startPostgresForRun())).source
  if (path === '/temporal') {
    const server = await (temporal ??= startTemporalForRun())
    return { address: server.address, namespace: server.takeNamespace() }
  }
  throw new Error(`there is no ${path}`)
}

/**
 * Runs in vitest's main process, once. The servers are started when the first test file asks for one, over a loopback port: a run
 * of unit tests pays nothing.
 */
export async function setup(project: TestProject): Promise<void> {
  const server = createServer((request, response) => {
    answer(request.url).then(
      (value) => { response.end(JSON.stringify(value)) },
      (error: unknown) => { response.writeHead(500).end(error instanceof Error ? error.message : String(error)) },
    )
  })
  broker = server
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  project.provide('intellidocsServers', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

export async function teardown(): Promise<void> {
  broker?.closeAllConnections()
  broker?.close()
  // A server that never came to be has nothing to close, and its failure was told to the test that asked.
  for (const server of [postgres, temporal]) await server?.then((started) => started.close(), () => undefined)
}
