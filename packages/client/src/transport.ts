import { fromHttpAnswer, toIntelliDocsError } from './errors.ts'

export type ClientOptions = {
  /** Where the API is, for example `https://docs.example.org`. */
  readonly url: string
  /** Session token or API key, or how to get the current one. Left out in a browser, where the cookie says who calls. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined
  /** The organization by id or short name; an API key knows its own. */
  readonly org?: string | undefined
  /** For runtimes without these, and for tests. */
  readonly fetch?: typeof fetch | undefined
  readonly WebSocket?: typeof WebSocket | undefined
}

/** Address, credentials and plain HTTP, shared by calls, uploads and downloads. */
export type Transport = {
  /** Without a slash at its end. */
  readonly url: string
  readonly org: string | undefined
  token(): Promise<string | undefined>
  /** The headers that say who calls and in which organization. */
  headers(): Promise<Record<string, string>>
  /** Answers only good answers; the others are thrown as IntelliDocsError. */
  request(path: string, init?: RequestInit): Promise<Response>
  readonly fetch: typeof fetch
}

export function createTransport(options: ClientOptions): Transport {
  const url = options.url.replace(/\/+$/, '')
  const { org, fetch: send = globalThis.fetch } = options

  async function token(): Promise<string | undefined> {
    return typeof options.token === 'function' ? options.token() : options.token
  }

  async function headers(): Promise<Record<string, string>> {
    const bearer = await token()
    // The server lets a cookie change something only beside this header, which another site's page cannot send.
    const identity: Record<string, string> = bearer ? { authorization: `Bearer ${bearer}` } : { 'x-intellidocs-csrf': '1' }
    return org ? { ...identity, 'x-intellidocs-org': org } : identity
  }

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response
    try {
      response = await send(`${url}${path}`, { credentials: 'include', ...init, headers: { ...await headers(), ...init.headers } })
    } catch (error) {
      throw toIntelliDocsError(error, url)
    }
    if (response.ok) return response
    throw fromHttpAnswer(response.status, await response.text().catch(() => ''), response.headers.get('x-request-id'))
  }

  return { url, org, token, headers, request, fetch: send }
}
