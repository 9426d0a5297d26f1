import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createIntelliDocsClient, type IntelliDocsClient } from '@intellidocs/client'
import { testDatabase, testTemporal } from '@intellidocs/testing'

const root = join(import.meta.dirname, '..', '..')
export const ADMIN = { email: 'admin@example.test', password: 'correct horse battery' }

export type Span = { readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string; readonly name: string; readonly attributes: object[] }
type Export = { resourceSpans: { resource: object; scopeSpans: { spans: Span[] }[] }[] }
export type Collector = { readonly endpoint: string; readonly spans: () => Span[]; readonly bodies: () => string; close(): Promise<void> }

/** A collector as far as the product sees one: OTLP over HTTP in JSON. */
export async function startCollector(): Promise<Collector> {
  const bodies: string[] = []
  const server = createServer((req, res) => {
    let body = ''
    req.setEncoding('utf8').on('data', (text: string) => { body += text }).on('end', () => {
      if (req.url === '/v1/traces' && req.method === 'POST') bodies.push(body)
      res.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => bodies.flatMap((body) => (JSON.parse(body) as Export).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))),
    bodies: () => bodies.join('\n'),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
    },
  }
}

async function freeAddress(): Promise<string> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => { server.close(resolve) })
  return `127.0.0.1:${port}`
}

export type House = {
  readonly client: IntelliDocsClient
  readonly url: string
  /** What each process answers to Prometheus now. */
  readonly metrics: { api(): Promise<string>; worker(): Promise<string> }
  close(): Promise<void>
}

/** The real API and worker as processes, watched: metrics on listeners of their own and, with `traces`, spans sent there. */
export async function openHouse({ traces }: { traces: string }): Promise<House> {
  const [database, temporal, dataDir] = [await testDatabase(), await testTemporal(), await mkdtemp(join(tmpdir(), 'intellidocs-watched-'))]
  const [apiAddress, workerAddress] = [await freeAddress(), await freeAddress()]
  const children: ChildProcess[] = []
  const start = async (program: 'api' | 'worker'): Promise<Record<string, unknown>> => {
    const child = spawn(process.execPath, [join(root, 'apps', program, 'src', 'main.ts')], {
      env: {
        PATH: process.env['PATH'] ?? '', HOME: dataDir, DATA_DIR: dataDir, DATABASE_URL: database.url, INTELLIDOCS_EMBEDDED: '1', PORT: '0', LOG_LEVEL: 'warn',
        TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace, SECRET_KEY: secret, OCR_LANGS: 'eng', ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password, METRICS_ADDRESS: apiAddress, WORKER_METRICS_ADDRESS: workerAddress, OTEL_EXPORTER_OTLP_ENDPOINT: traces,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const ended = once(child, 'exit').then(() => { throw new Error(`${program} ended before it was ready`) })
    const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended])
    ended.catch(() => undefined) // it ends one day
    return JSON.parse(String(line)) as Record<string, unknown>
  }
  const secret = randomBytes(32).toString('hex')
  const { port } = await start('api')
  await start('worker')
  const url = `http://127.0.0.1:${Number(port)}`
  const { token } = await createIntelliDocsClient({ url }).api.auth.signIn.mutate({ ...ADMIN, transport: 'token' })
  if (token === null) throw new Error('signing in gave no token')
  const client = createIntelliDocsClient({ url, token, org: 'main' })
  const read = async (address: string): Promise<string> => (await fetch(`http://${address}/metrics`)).text()
  return {
    client, url, metrics: { api: () => read(apiAddress), worker: () => read(workerAddress) },
    async close() {
      await client.close()
      await Promise.all(children.map(async (child) => { if (child.kill('SIGTERM')) await once(child, 'exit') }))
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
