import { connect } from 'node:net'
import type { Request, RequestHandler } from 'express'

/** One dependency. `needed: false` means that most of the product works without it. */
export type Check = { readonly name: string; readonly needed: boolean; readonly probe: () => Promise<void> }
export type Readiness = { ready: boolean; degraded: string[]; checks: Record<string, { ok: boolean; ms: number }> }

const PROBE_MS = 2000
/** So that a crowd of probes costs one look. */
const FRESH_MS = 1000

async function look({ probe }: Check): Promise<{ ok: boolean; ms: number }> {
  const started = performance.now()
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer in time')), PROBE_MS)
  const ok = await Promise.race([probe(), tooLate]).then(() => true, () => false)
  clearTimeout(timer)
  return { ok, ms: Math.round(performance.now() - started) }
}

/** What works. Ready as long as everything needed does; `degraded` names the rest. Holds no addresses and no error texts. */
export function createReadiness(checks: readonly Check[], now: () => number = Date.now): () => Promise<Readiness> {
  let last: { at: number; answer: Promise<Readiness> } | undefined
  const lookAtAll = async (): Promise<Readiness> => {
    const results = await Promise.all(checks.map(async (check) => ({ check, result: await look(check) })))
    const failed = results.filter(({ result }) => !result.ok)
    return {
      ready: failed.every(({ check }) => !check.needed),
      degraded: failed.map(({ check }) => check.name),
      checks: Object.fromEntries(results.map(({ check, result }) => [check.name, result])),
    }
  }
  return () => {
    if (last === undefined || now() - last.at > FRESH_MS) last = { at: now(), answer: lookAtAll() }
    return last.answer
  }
}

/** Where an http(s) address leads, as `host:port`. */
export const tcpAddress = ({ hostname, port, protocol }: URL): string => `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`

/** Resolves when something accepts connections at `host:port`, or at `unix:` and a path. */
export function reachTcp(address: string): Promise<void> {
  const at = address.lastIndexOf(':')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = address.startsWith('unix:') ? connect({ path: address.slice('unix:'.length), timeout: PROBE_MS })
    : connect({ host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)), timeout: PROBE_MS })
  socket.once('connect', resolve).once('error', reject).once('timeout', () => reject(new Error('no answer in time')))
  return promise.finally(() => socket.destroy())
}

export const answerReadiness = (readiness: () => Promise<Readiness>): RequestHandler => async (_req, res) => {
  const answer = await readiness()
  res.status(answer.ready ? 200 : 503).set('cache-control', 'no-store').json(answer)
}

/** Directly from this machine: a proxy on it would make everybody look local, so anything forwarded is not. */
export function isLocal(req: Pick<Request, 'headers'> & { socket: { remoteAddress?: string | undefined } }): boolean {
  const { remoteAddress = '' } = req.socket
  const loopback = remoteAddress === '::1' || /^(::ffff:)?127\./.test(remoteAddress)
  return loopback && req.headers['x-forwarded-for'] === undefined && req.headers['forwarded'] === undefined
}

/**
 * Prometheus' text, for scrapers on the same machine (or in the same pod) only: counts tell strangers about customers. A proxy on this machine that
 * adds no header would let them in; where there is one, METRICS_ADDRESS moves the metrics to a listener of their own.
 */
export const answerMetrics = (read: () => Promise<{ contentType: string; body: string }>): RequestHandler => async (req, res) => {
  if (!isLocal(req)) {
    res.status(404).end()
    return
  }
  const { contentType, body } = await read()
  res.set('content-type', contentType).send(body)
}
