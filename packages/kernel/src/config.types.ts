import type { PlanName, SoldPlan } from '@intellidocs/contracts'
import type { Failpoint } from './failpoint.ts'
import type { LogLevel } from './log.ts'

export type BlobsConfig =
  | { readonly kind: 'file'; readonly dir: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly endpoint?: string; readonly region?: string; readonly prefix?: string }

export type EmbeddingConfig =
  | { readonly kind: 'builtin' }
  | { readonly kind: 'transformers'; readonly model: string }
  | ({ readonly kind: 'http' } & ModelServer)

/** An OpenAI-compatible server: its base address, the model asked for, and what lets us in. */
export type ModelServer = { readonly url: string; readonly model: string; readonly key?: string }

/** Paths of PEM files. `cert` and `key` come together. */
export type TemporalTls = { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly serverName?: string }

export type TemporalConfig = {
  readonly address: string
  readonly namespace: string
  readonly apiKey?: string
  readonly tls?: TemporalTls
}

/** `from` is who mail comes from. A login never goes over a line in the clear. */
export type MailConfig = { readonly from: { readonly name: string | null; readonly address: string } } & (
  | { readonly kind: 'folder'; readonly dir: string }
  | {
    readonly kind: 'smtp'; readonly host: string; readonly port: number
    /** TLS from the first byte (smtps). */
    readonly secure: boolean
    readonly login: { readonly user: string; readonly password: string } | null
  }
)

export type Config = {
  /** Absolute path of the folder that holds everything of the embedded mode. */
  readonly dataDir: string
  readonly databaseUrl: string
  /** Owner of the schema, for migrations. */
  readonly databaseAdminUrl?: string
  readonly temporal: TemporalConfig
  readonly blobs: BlobsConfig
  readonly embedding: EmbeddingConfig
  /** The model that was named before, for organizations that still search by it. */
  readonly embeddingOld?: EmbeddingConfig
  /** Who writes answers; absent, they are the best sentences of what was found. */
  readonly answers?: ModelServer
  readonly ocrLangs: readonly string[]
  /** ClamAV's daemon, `host:port` or `unix:/path`; absent, nothing is checked for viruses. */
  readonly clamdAddress?: string
  /** A server that proposes passages to search; absent, Postgres alone does. `key` may search, `writerKey` keeps the index and may not. */
  readonly meilisearch?: { readonly url: string; readonly key?: string; readonly writerKey?: string }
  /** Pages, sheets or slides that a file may have; with more it ends as `page_limit`. */
  readonly maxPages: number
  /** How often versions and runs are compared, and how long a version is left to the relay before it is looked at. */
  readonly reconcile: { readonly everySeconds: number; readonly afterSeconds: number }
  readonly mail: MailConfig
  /** What people type; links in mail begin with it. No slash at its end. */
  readonly publicUrl: string
  readonly filesUrl?: string
  /** Origins that may use a cookie, `https://host[:port]`. */
  readonly allowedOrigins: readonly string[]
  /** Addresses and ranges of proxies whose `x-forwarded-for` is believed. */
  readonly trustProxy: readonly string[]
  /** Addresses and ranges that webhooks may go to although they are not public. */
  readonly webhookAllow: readonly string[]
  /** 32 bytes; seals everything new. */
  readonly secretKey: Buffer
  /** Further keys that open what they sealed, and seal nothing. */
  readonly oldSecretKeys: readonly Buffer[]
  /** `host:port` of listeners for Prometheus beside the product's own port; none when absent. */
  readonly metricsAddress?: string
  readonly workerMetricsAddress?: string
  /** The base address of an OTLP/HTTP collector; no traces when absent. */
  readonly tracesEndpoint?: string
  /** Whether anybody may make an account, or only who was invited. */
  readonly signUp: 'open' | 'invitation'
  readonly admin: { readonly email?: string; readonly password?: string }
  readonly port: number
  /** Calls of one account in a minute, in each API process; an address may make twice as many. */
  readonly rateLimitCalls: number
  /** Days in which the owners of a deleted organization may take the deletion back; then it is purged. */
  readonly orgDeleteGraceDays: number
  /** Days for which it is kept who opened a link and what they looked at. */
  readonly shareActivityDays: number
  /** Of organizations of which nobody said anything. */
  readonly defaultPlan: PlanName
  /** By which organizations pay for their plans; absent: an administrator of the installation sets them. */
  readonly stripe?: { readonly secretKey: string; readonly webhookSecret: string; readonly prices: Readonly<Record<SoldPlan, string>> }
  readonly logLevel: LogLevel
  /** Database and Temporal are those that the launcher starts in the data folder. */
  readonly embedded: boolean
  /** Faults that a test asked for; empty otherwise, and always in production. */
  readonly failpoints: readonly Failpoint[]
}
