import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createIntelliDocsClient, type IntelliDocsClient } from '@intellidocs/client'
import { uploadFile } from '@intellidocs/client/node'
import type { Document, Hit } from '@intellidocs/contracts'
import type { Progress } from './progress.ts'
import type { Administrator } from './supervisor.ts'

export const examples = join(import.meta.dirname, '..', '..', '..', 'examples')

/** A question by words that stand in a scanned page, and one whose answer uses other words. */
export const questions = ['okoume plywood', 'what did the storm damage cost us']

const open = new Set(['queued', 'processing'])
const UPLOADS_AT_ONCE = 4

type Credentials = Administrator & { password: string }
export type Session = { readonly client: IntelliDocsClient; readonly token: string }

/** Signs in the way every client does; the token lives in this process only. */
export async function openSession(url: string, { email, org, password }: Credentials): Promise<Session> {
  const anonymous = createIntelliDocsClient({ url })
  const { token } = await anonymous.api.auth.signIn.mutate({ email, password, transport: 'token' })
  if (token === null) throw new Error('the API answered the sign-in without a token')
  return { client: createIntelliDocsClient({ url, token, org }), token }
}

export const signIn = async (url: string, credentials: Credentials): Promise<IntelliDocsClient> => (await openSession(url, credentials)).client

/**
 * Sends the example files through the public API and follows them until each, attachments included, is read or has ended otherwise.
 * @returns every document of the organization
 */
export async function ingestExamples(client: IntelliDocsClient, progress: Progress, signal: AbortSignal): Promise<Document[]> {
  const entries = await readdir(examples, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile() && entry.name !== 'README.md').map(({ name }) => name).sort()
  let nudge = Promise.withResolvers<void>()
  const live = client.live({ onEvent: () => nudge.resolve() })
  try {
    const waiting = [...names]
    const uploads = Array.from({ length: UPLOADS_AT_ONCE }, async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        signal.throwIfAborted()
        await uploadFile(client, join(examples, name), { onDuplicate: 'return' })
      }
    })
    const sent = Promise.all(uploads).then(() => true)
    for (let settled = 0; settled < 2;) {
      const allSent = await Promise.race([sent, nextLook(nudge.promise, signal)])
      nudge = Promise.withResolvers()
      const documents = await listAll(client)
      progress.show(documents)
      // Twice, because a mail's attachment becomes a document shortly before or after the mail itself is ready.
      settled = allSent === true && documents.length >= names.length && documents.every(({ state }) => !open.has(state)) ? settled + 1 : 0
      if (allSent === true) await nextLook(nudge.promise, signal)
    }
    return await listAll(client)
  } finally {
    live.close()
    progress.done()
  }
}

/** The next event, or a second: events make the bars move, the clock makes sure that none is needed. */
async function nextLook(event: Promise<void>, signal: AbortSignal): Promise<void> {
  await Promise.race([event, delay(1_000, undefined, { signal })])
}

export async function listAll(client: IntelliDocsClient): Promise<Document[]> {
  const documents: Document[] = []
  for (let cursor: string | undefined; ;) {
    const page = await client.api.documents.list.query({ limit: 200, ...(cursor === undefined ? {} : { cursor }) })
    documents.push(...page.items)
    if (page.nextCursor === null) return documents
    cursor = page.nextCursor
  }
}

/** The best hits for a question, as anybody with the client gets them. */
export async function ask(client: IntelliDocsClient, query: string): Promise<Hit[]> {
  const { hits } = await client.api.search.query.query({ query, limit: 5 })
  return hits
}
