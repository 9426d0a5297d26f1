import type { IncomingMessage, RequestOptions } from 'node:http'
import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { createAddressRule, type AddressRule } from './addresses.ts'
import { EgressError, type EgressReason } from './egress-error.ts'
import { resolveByDns, type Resolve } from './resolve.ts'

export type EgressOptions = {
  /** Addresses and CIDR ranges that may be reached although they are not public; none when absent. */
  readonly allow?: readonly string[]
  readonly resolve?: Resolve
  /** For everything from the name to the last byte, 10 s. */
  readonly timeoutMs?: number
  /** Of an answer's body that are read at most, 1 MB. */
  readonly maxBytes?: number
}
export type EgressRequest = {
  readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly signal?: AbortSignal
  /** Of this answer's body that are read at most; what there is more of counts as cut. Never more than the client reads of any. */
  readonly maxBytes?: number
}
export type EgressAnswer = {
  readonly status: number
  /** As it came, undecoded. `cut`: there was more, or it did not come in time. */
  readonly body: Buffer
  readonly cut: boolean
}

/** The only way out to addresses that customers name. */
export type Egress = {
  /** Whether `post` would try: an http(s) address without credentials that names no address which is refused. A name is looked up by `post` alone. */
  mayTry(url: string): boolean
  /**
   * One POST on a connection of its own. The name is resolved once; every address it has must be allowed, and the connection goes to one of these and
   * nowhere else. A redirect is an answer like others and is not followed, proxies of the environment are not used, certificates are checked.
   * @throws EgressError when nothing was sent, or no status came in time
   */
  post(request: EgressRequest): Promise<EgressAnswer>
}

const MB = 1_048_576
/** Of interim answers (103 and the like) to one request. Each is small, and there is no end to them. */
const INTERIM_MOST = 10
const TLS_CODES = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$)/

export function createEgress({ allow = [], resolve = resolveByDns, timeoutMs = 10_000, maxBytes = MB }: EgressOptions = {}): Egress {
  const rule = createAddressRule(allow)
  return {
    mayTry: (url) => {
      const target = parse(url)
      if (target === null) return false
      const name = bareHost(target)
      return isIP(name) === 0 || rule.mayReach(name)
    },
    async post({ url, headers, body, signal, maxBytes: wanted = maxBytes }) {
      const target = parse(url)
      if (target === null) throw new EgressError('scheme')
      const late = AbortSignal.timeout(timeoutMs)
      const stop = signal === undefined ? late : AbortSignal.any([late, signal])
      try {
        const pinned = await pin(target, { rule, resolve, stop })
        const answer = await until(stop, ask(target, { pinned, headers, body, stop }))
        return { status: answer.statusCode ?? 0, ...await readUpTo(answer, Math.min(wanted, maxBytes)) }
      } catch (error) {
        throw asEgressError(error, { late, stop })
      }
    },
  }
}

function parse(url: string): URL | null {
  if (!URL.canParse(url)) return null
  const target = new URL(url)
  const fits = (target.protocol === 'http:' || target.protocol === 'https:') && target.hostname !== '' && target.username === '' && target.password === ''
  return fits ? target : null
}

/** IPv6 without its brackets. Numbers in other notations were made plain addresses by the parser. */
const bareHost = (target: URL): string => target.hostname.replace(/^\[(.*)\]$/, '$1')

type Pinning = { readonly rule: AddressRule; readonly resolve: Resolve; readonly stop: AbortSignal }

async function pin(target: URL, { rule, resolve, stop }: Pinning): Promise<readonly string[]> {
  const name = bareHost(target)
  const found = isIP(name) === 0 ? await until(stop, addressesOf(name, { resolve, stop })) : [name]
  if (found.length === 0) throw new EgressError('resolve')
  // One bad address among good ones is a name that is up to something.
  if (!found.every((address) => rule.mayReach(address))) throw new EgressError('address')
  return found
}

async function addressesOf(name: string, { resolve, stop }: Pick<Pinning, 'resolve' | 'stop'>): Promise<readonly string[]> {
  try {
    return await resolve(name, stop)
  } catch (error) {
    throw new EgressError('resolve', { cause: error })
  }
}

/** So that what does not listen to the signal, a resolver or a socket that Node gave up, holds nobody up. */
async function until<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => { aborted.reject(stop.reason) }
  stop.addEventListener('abort', onAbort, { once: true })
  if (stop.aborted) onAbort()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    stop.removeEventListener('abort', onAbort)
  }
}

type Asking = { readonly pinned: readonly string[]; readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly stop: AbortSignal }

function ask(target: URL, { pinned, headers, body, stop }: Asking): Promise<IncomingMessage> {
  const secure = target.protocol === 'https:'
  const options: RequestOptions = {
    method: 'POST', host: bareHost(target), port: target.port === '' ? (secure ? 443 : 80) : Number(target.port), path: `${target.pathname}${target.search}`,
    headers: { ...headers, host: target.host, 'content-length': Buffer.byteLength(body), connection: 'close' },
    lookup: pinnedLookup(pinned), signal: stop,
    // Of its own: nothing of the environment is asked, and no connection of another address is used again.
    agent: secure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false }),
  }
  return new Promise((resolve, reject) => {
    const asked = (secure ? requestHttps : requestHttp)(options, resolve)
    // Also after the answer began, where it is a reason for the body to end.
    asked.on('error', reject)
    // A change of protocol that nobody asked for: without this Node drops the connection, and says neither that nor anything else.
    asked.on('upgrade', (_answer, socket) => {
      socket.destroy()
      reject(new EgressError('connection'))
    })
    let interim = 0
    asked.on('information', () => {
      interim += 1
      if (interim > INTERIM_MOST) asked.destroy(new EgressError('connection'))
    })
    asked.on('close', () => { reject(new EgressError('connection')) })
    asked.end(body)
  })
}

/** Answers what was looked up and checked, whatever the name means by now. */
const pinnedLookup = (pinned: readonly string[]): LookupFunction => (_name, { all, family }, answer) => {
  const addresses = pinned.map((address) => ({ address, family: isIP(address) })).filter((one) => family === 0 || family === undefined || one.family === family)
  const [first] = addresses
  if (first === undefined) answer(Object.assign(new Error('no address of this family'), { code: 'ENOTFOUND' }), [])
  else if (all === true) answer(null, addresses)
  else answer(null, first.address, first.family)
}

/** The status is known by now, so whatever ends the body only cuts it. The rest is not waited for: the connection is closed. */
async function readUpTo(answer: IncomingMessage, maxBytes: number): Promise<Pick<EgressAnswer, 'body' | 'cut'>> {
  const pieces: Buffer[] = []
  let size = 0
  const piecesUpTo = (): Buffer => Buffer.concat(pieces).subarray(0, maxBytes)
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      pieces.push(piece)
      size += piece.length
      if (size > maxBytes) return { body: piecesUpTo(), cut: true }
    }
    return { body: piecesUpTo(), cut: false }
  } catch {
    return { body: piecesUpTo(), cut: true }
  } finally {
    answer.destroy()
  }
}

function asEgressError(error: unknown, { late, stop }: { late: AbortSignal; stop: AbortSignal }): EgressError {
  if (late.aborted) return new EgressError('timeout', { cause: error })
  if (stop.aborted) return new EgressError('cancelled', { cause: error })
  if (error instanceof EgressError) return error
  return new EgressError(reasonOf(error), { cause: error })
}

function reasonOf(error: unknown): EgressReason {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return TLS_CODES.test(code) ? 'tls' : 'connection'
}
