import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { createAnswerModel, type AnswerModel } from '@intellidocs/embedding'

/** As `promptOf` writes it: the text of each passage that was sent, in order, and everything that was sent. */
export type Sent = { readonly passages: readonly string[]; readonly question: string; readonly whole: string }
/** What the server writes, in as many pieces; `null` cuts the line. */
export type Writes = (sent: Sent) => readonly (string | null)[] | Promise<readonly (string | null)[]>

export type ModelServer = { readonly model: AnswerModel; readonly sent: Sent[]; close(): void }

/** A server that speaks OpenAI's `/chat/completions`, over a real socket, and writes what a test says. */
export async function modelServer(writes: Writes): Promise<ModelServer> {
  const sent: Sent[] = []
  const answer = async (body: unknown, response: ServerResponse): Promise<void> => {
    const seen = sentOf(body)
    sent.push(seen)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const piece of await writes(seen)) {
      if (piece === null) return void response.destroy()
      await new Promise<void>((resolve) => { response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: piece } }] })}\n\n`, () => resolve()) })
    }
    response.end('data: [DONE]\n\n')
  }
  const server = createServer((request, response) => void json(request).then((body) => answer(body, response)))
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    sent, model: createAnswerModel({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, model: 'stub' }),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function sentOf(body: unknown): Sent {
  const { messages } = body as { messages: { content: string }[] }
  const user = messages.at(-1)?.content ?? ''
  const fence = /^<<<question ([0-9a-f]{32})>>>/.exec(user)?.[1] ?? 'none'
  const within = (what: string): string[] => user.split(`<<<${what}`).slice(1).map((part) => part.slice(part.indexOf('>>>\n') + 4, part.indexOf(`\n<<<end ${fence}>>>`)))
  return { question: within('question')[0] ?? '', passages: within('passage'), whole: JSON.stringify(body) }
}
