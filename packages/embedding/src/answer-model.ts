import { endpointOf } from './endpoint.ts'

export type ChatMessage = { readonly role: 'system' | 'user'; readonly content: string }

/** A model that writes. It is given text and no tools. */
export type AnswerModel = {
  readonly id: string
  /** What it writes, piece by piece. Throws AnswerError when it is away, answers nonsense or without end; stops with the signal. */
  write(messages: readonly ChatMessage[], options: { readonly signal: AbortSignal; readonly maxTokens: number }): AsyncGenerator<string, void, void>
}

/** As in the configuration: `ANSWERS=http:<url>#<model>` and `ANSWERS_KEY`. */
export type AnswersConfig = { readonly url: string; readonly model: string; readonly key?: string }

export class AnswerError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'AnswerError'
  }
}

/** What is read of one answer; a thousand tokens are some 5 KB, in events of their own some 200. */
const MOST_BYTES = 1_000_000

/** A model behind OpenAI's `/chat/completions`, streamed; servers that answer at once are understood too. Redirects are not followed. */
export function createAnswerModel({ url: base, model, key }: AnswersConfig): AnswerModel {
  const { url, headers } = endpointOf(base, 'chat/completions', key)
  return {
    id: `http:${model}`,
    async *write(messages, { signal, maxTokens }) {
      const body = JSON.stringify({ model, messages, stream: true, temperature: 0, max_tokens: maxTokens })
      const response = await send(url, { method: 'POST', headers, body, redirect: 'error', signal })
      if (!response.ok || response.body === null) {
        await response.body?.cancel()
        throw new AnswerError(`the model's server answered ${response.status}`)
      }
      const lines = linesOf(response.body)
      if ((response.headers.get('content-type') ?? '').includes('text/event-stream')) yield* streamed(lines)
      else yield textOf(await whole(lines), 'message')
    },
  }
}

async function send(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new AnswerError(`the model's server at ${url.host} did not answer`, { cause: error })
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder()
  let [rest, bytes] = ['', 0]
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > MOST_BYTES) throw new AnswerError(`the model's server answered more than ${MOST_BYTES} bytes`)
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

async function whole(lines: AsyncIterable<string>): Promise<string> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all.join('\n')
}

async function* streamed(lines: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  for await (const line of lines) {
    const data = /^data: ?(.*?)\r?$/.exec(line)?.[1]
    if (data === undefined || data === '') continue
    if (data === '[DONE]') return
    yield textOf(data, 'delta')
  }
}

/** What the first choice says, in an event or in an answer. Events without text (of roles, of usage) say nothing. */
function textOf(json: string, where: 'delta' | 'message'): string {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch (error) {
    throw new AnswerError('the model\'s server answered something that is not JSON', { cause: error })
  }
  if (!isRecord(parsed) || 'error' in parsed) throw new AnswerError('the model\'s server answered with an error')
  const choice: unknown = Array.isArray(parsed['choices']) ? parsed['choices'][0] : undefined
  const said = isRecord(choice) ? choice[where] : undefined
  return isRecord(said) && typeof said['content'] === 'string' ? said['content'] : ''
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
