import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'

export type Got = { readonly id: string; readonly headers: Record<string, string>; readonly text: string; readonly body: GotBody }
export type GotBody = { readonly type: string; readonly timestamp: string; readonly data: { readonly documentId: string | null; readonly payload: Record<string, unknown> } }
export type Answer = (response: ServerResponse, got: Got) => void
export type Receiver = {
  readonly url: string
  /** In the order in which they came. */
  readonly got: Got[]
  answer: Answer
  close(): Promise<void>
}

/** Somebody who is told. Only for tests. */
export async function openReceiver(answer: Answer = (response) => { response.end('thanks') }): Promise<Receiver> {
  const got: Got[] = []
  const server = createServer((request, response) => {
    response.on('error', () => undefined)
    void read(request).then((one) => {
      got.push(one)
      receiver.answer(response, one)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiver: Receiver = {
    got, answer, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return receiver
}

async function read(request: IncomingMessage): Promise<Got> {
  const text = (await buffer(request)).toString()
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  return { id: headers['webhook-id'] ?? '', headers, text, body: JSON.parse(text) as GotBody }
}

/** As a receiver does it that holds this secret. */
export function isSigned(secret: string, { text, headers }: Got): boolean {
  try {
    new Webhook(secret).verify(text, headers)
    return true
  } catch {
    return false
  }
}
