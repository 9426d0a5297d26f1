import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { WebhookBody } from '@intellidocs/contracts'

/** One request: its `webhook-id` and the event in it. */
type Hook = { readonly deliveryId: string; readonly eventId: string }
type Receiver = { readonly url: string; close(): Promise<void> }

/** Somebody who is told, and says that it was taken when `note` has it on disk. */
export async function openReceiver(note: (hook: Hook) => void): Promise<Receiver> {
  const server = createServer((request, response) => {
    response.on('error', () => undefined) // the sender was killed: it sends again
    void buffer(request).then((bytes) => {
      const { data } = JSON.parse(bytes.toString()) as WebhookBody
      note({ deliveryId: String(request.headers['webhook-id']), eventId: data.id })
      response.end()
    }, () => undefined) // cut in the middle, as above
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
