// The load generator of bench:api, a process of its own. Reads one JSON line a measurement from standard input, answers with one.
import { randomFillSync } from 'node:crypto'
import { createInterface } from 'node:readline'
import autocannon from 'autocannon'

export type Aim = {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly headers: Record<string, string>
  readonly connections: number
  /** One of the two ends the measurement. */
  readonly seconds?: number
  readonly amount?: number
  /** Each request carries so many bytes that no other one carries. */
  readonly bodyBytes?: number
}
export type Hit = { readonly requests: number; readonly rps: number; readonly p50: number; readonly p99: number; readonly failed: number }

async function measure(aim: Aim): Promise<Hit> {
  const { bodyBytes } = aim
  const body = (): Buffer => randomFillSync(Buffer.allocUnsafe(bodyBytes ?? 0))
  const result = await autocannon({
    url: aim.url, connections: aim.connections, timeout: 30,
    ...(aim.amount === undefined ? { duration: aim.seconds ?? 1 } : { amount: aim.amount }),
    requests: [{
      method: aim.method, headers: aim.headers,
      ...(bodyBytes === undefined ? {} : { setupRequest: (request: autocannon.Request) => ({ ...request, body: body() }) }),
    }],
  })
  return {
    requests: result['2xx'], rps: result['2xx'] / result.duration, p50: result.latency.p50, p99: result.latency.p99,
    failed: result.non2xx + result.errors + result.timeouts,
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await measure(JSON.parse(line) as Aim))}\n`)
}
