import type { IntelliDocsClient } from '@intellidocs/client'
import { openClient } from './open-client.ts'
import type { Output, Streams } from './output.ts'
import type { SettingsStore } from './settings.ts'

export const DEFAULT_URL = 'http://localhost:3000'

/** Options that every command takes. */
export type CommonOptions = { readonly json?: boolean; readonly url?: string; readonly org?: string }

export type Env = Readonly<Record<string, string | undefined>>

/** What a command works with. */
export type CliContext = {
  readonly out: Output
  readonly streams: Streams
  readonly settings: SettingsStore
  readonly env: Env
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** Where the command goes: `--url`, `INTELLIDOCS_URL`, the installation signed in to last, or this machine's. */
  readonly url: string
  readonly org: string | undefined
  readonly token: string | undefined
  /** Made at first use and closed when the command ends. */
  readonly client: IntelliDocsClient
}

/** What a command comes to: `--json` prints `value`, and `ok: false` is exit code 1. */
export type Result = { readonly value: unknown; readonly ok: boolean }
export const done = (value: unknown): Result => ({ value, ok: true })

type Parts = Pick<CliContext, 'out' | 'streams' | 'settings' | 'env' | 'signal'> & { readonly options: CommonOptions }

/** Finds out where to go and as whom. A token from the environment is for that one call and is never stored. */
export async function createContext({ options, ...parts }: Parts): Promise<CliContext & { close(): Promise<void> }> {
  const { current, installations } = await parts.settings.read()
  const url = (options.url ?? parts.env['INTELLIDOCS_URL'] ?? current ?? DEFAULT_URL).replace(/\/+$/, '')
  const known = installations[url]
  const token = parts.env['INTELLIDOCS_TOKEN'] || known?.token
  const org = options.org ?? parts.env['INTELLIDOCS_ORG'] ?? known?.org ?? undefined
  let client: IntelliDocsClient | undefined
  return {
    ...parts, url, org, token,
    get client() { return client ??= openClient({ url, token, org }) },
    async close() { await client?.close() },
  }
}
