import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrap } from '@intellidocs/domain'
import { createLog, systemClock, type Clock, type Config, type Tracing } from '@intellidocs/kernel'
import { createFileBlobStore, type BlobStore } from '@intellidocs/storage'
import { testDatabase, type TestDatabase } from '@intellidocs/testing'
import { createApi, type Api } from './api.ts'
import { connectDecisions } from './connect-decisions.ts'
import { createLazyDecisions } from './lazy-decisions.ts'
import type { RateLimitSettings } from './rate-limits.ts'

export const ADMIN = { email: 'admin@example.test', password: 'correct horse battery' }
export const SECRET_KEY = Buffer.alloc(32, 7)
export const ALLOWED_ORIGIN = 'https://app.example.test'

export type TestApi = {
  readonly api: Api
  readonly url: string
  readonly dataDir: string
  readonly blobs: BlobStore
  readonly database: TestDatabase
  /** Everything that was logged so far, line by line. */
  readonly logLines: string[]
  close(): Promise<void>
}
export type TestApiOptions = {
  rateLimits?: RateLimitSettings; wrapBlobs?: (blobs: BlobStore) => BlobStore; blobDir?: string; metricsAddress?: string; tracing?: Tracing
  signUp?: Config['signUp']; filesUrl?: string; clock?: Clock; trustProxy?: Config['trustProxy']
  /** Where decisions go; without it they stay pending. */
  temporal?: Config['temporal']
  /** Organizations pay for their plans. */
  stripe?: NonNullable<Config['stripe']>
  /** One that a worker beside it takes as well. */
  secretKey?: Buffer
  /** Keys that open what they sealed. */
  oldSecretKeys?: readonly Buffer[]
  /** Another API on the same data, which lives longer. */
  beside?: TestApi
}

/** The real API on a free port, over a fresh database with the administrator and the organization `main`. */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const database = options.beside?.database ?? await testDatabase()
  const dataDir = options.beside?.dataDir ?? await mkdtemp(join(tmpdir(), 'intellidocs-api-'))
  const temporal = options.temporal ?? { address: '127.0.0.1:9', namespace: 'default' }
  const { secretKey = SECRET_KEY, oldSecretKeys = [] } = options
  const decisions = options.temporal === undefined ? undefined : createLazyDecisions(() => connectDecisions({ temporal, secretKey, oldSecretKeys }))
  const logLines: string[] = []
  const log = createLog({ level: 'debug', name: 'test', write: (line) => { logLines.push(line) } })
  const files = createFileBlobStore(options.blobDir ?? join(dataDir, 'blobs'))
  const blobs = options.wrapBlobs?.(files) ?? files
  const api = createApi({
    config: {
      allowedOrigins: [ALLOWED_ORIGIN], trustProxy: options.trustProxy ?? [], dataDir, secretKey, oldSecretKeys, signUp: options.signUp ?? 'invitation',
      publicUrl: 'https://docs.example.test', ...(options.filesUrl === undefined ? {} : { filesUrl: options.filesUrl }), orgDeleteGraceDays: 30, shareActivityDays: 90, defaultPlan: 'own', webhookAllow: ['127.0.0.0/8'], temporal,
      ...(options.stripe === undefined ? {} : { stripe: options.stripe }),
      ...(options.metricsAddress === undefined ? {} : { metricsAddress: options.metricsAddress }),
    },
    log, clock: options.clock ?? systemClock, database: database.database, blobs, embedder: null,
    ...(decisions === undefined ? {} : { decisions: decisions.gateway }), ...(options.tracing === undefined ? {} : { tracing: options.tracing }),
    ...(options.rateLimits === undefined ? {} : { rateLimits: options.rateLimits }),
  })
  await bootstrap(api.modules, { ...ADMIN, orgName: 'Main', orgSlug: 'main' })
  const port = await api.listen(0, '127.0.0.1')
  return {
    api, url: `http://127.0.0.1:${port}`, dataDir, blobs, database, logLines,
    async close() {
      await api.close()
      await decisions?.close()
      if (options.beside !== undefined) return
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export type Answer = { status: number; headers: Headers; body: unknown }

async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  const json = (response.headers.get('content-type') ?? '').includes('json')
  return { status: response.status, headers: response.headers, body: json && text !== '' ? JSON.parse(text) : text }
}

/** One tRPC mutation as a program would send it. */
export async function mutate(url: string, path: string, input: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return read(await fetch(`${url}/trpc/${path}`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(input),
  }))
}

/** One tRPC query. */
export async function query(url: string, path: string, input?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`
  return read(await fetch(`${url}/trpc/${path}${search}`, { headers }))
}

export const get = async (url: string, headers: Record<string, string> = {}): Promise<Answer> => read(await fetch(url, { headers }))

/** What a tRPC call answered. */
export function data<T>({ status, body }: Answer): T {
  if (status !== 200) throw new Error(`expected 200, got ${status}: ${JSON.stringify(body)}`)
  return (body as { result: { data: T } }).result.data
}

/** The code of a refused call, over tRPC or plain HTTP. */
export function codeOf({ body }: Answer): string | undefined {
  const { error } = body as { error?: { code?: unknown; data?: { appCode?: string } } }
  return error?.data?.appCode ?? (typeof error?.code === 'string' ? error.code : undefined)
}

/** Headers of the administrator in `main`, by a session token. */
export async function signIn(url: string, credentials: { email: string; password: string } = ADMIN): Promise<Record<string, string>> {
  const answer = data<{ token: string }>(await mutate(url, 'auth.signIn', { ...credentials, transport: 'token' }))
  return { authorization: `Bearer ${answer.token}`, 'x-intellidocs-org': 'main' }
}
