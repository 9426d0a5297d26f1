import { setTimeout as delay } from 'node:timers/promises'
import { IntelliDocsError, type IntelliDocsClient } from '@intellidocs/client'
import type { DocumentId, UploadAnswer } from '@intellidocs/contracts'
import type { Random } from '@intellidocs/testing'
import type { Change } from '../../../apps/cli/src/verify/ledger.ts'
import { makeContent, type Content, type Wanted } from './contents.ts'
import type { LedgerFile } from './ledger.ts'
import { listenTo, type Listener } from './listener.ts'
import type { Org } from './orgs.ts'

/** What became of a try. `unknown`: no answer came, or one that says nothing certain; whether it was done is for the product to know. */
export type Outcome =
  | { readonly kind: 'acked'; readonly documentId: DocumentId; readonly versionId: string }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unknown'; readonly error: Error }

export type Upload = { readonly id: string; readonly content: Content; readonly outcome: Outcome }

export type UploadWish = Wanted & {
  /** Sent resumably (tus), whatever its size. */
  readonly resumable?: boolean
  /** Makes a new version of this document. */
  readonly documentId?: string
}

/** A client of one organization that notes what it tries, is promised and hears. */
export type LedgerClient = {
  readonly org: Org
  readonly ledger: LedgerFile
  /** The plain client, for what the ledger does not note: reading, searching. */
  readonly client: IntelliDocsClient
  /** Tries once. The library's own repeats of a resumable upload count as the one try. */
  upload(wish?: UploadWish): Promise<Upload>
  /** So many, a few at once. */
  uploadMany(count: number, wish?: UploadWish & { readonly atOnce?: number }): Promise<Upload[]>
  /** Sends the same bytes again under the same key, once, whatever the outcome was. */
  again(upload: Upload): Promise<Upload>
  /** Sends an upload again under its key, until its outcome is certain. */
  settle(upload: Pick<Upload, 'id'>): Promise<void>
  /** `settle` for every upload of this client whose outcome is unknown. Answers how many there were. */
  settleAll(): Promise<number>
  change(action: Change['action'], documentId: string): Promise<Outcome>
  /** Begins to listen; settles when it knows from where on. It resumes by itself after interruptions. */
  listen(): Promise<Listener>
  readonly listeners: readonly Listener[]
  close(): Promise<void>
}

/** Refusals that the table of errors calls certain; after the others the change may have been made all the same. */
const uncertain = new Set(['internal', 'service.unavailable', 'rate.limited', 'idempotency.in_flight'])
/** Whether nobody knows after it what was done. */
export const isUncertain = ({ appCode }: IntelliDocsError): boolean => appCode === null || uncertain.has(appCode)
export const SETTLE_EVERY_MS = 200
export const SETTLE_WITHIN_MS = 120_000

type Options = { readonly name: string; readonly org: Org; readonly url: string; readonly ledger: LedgerFile; readonly random: Random }

type Tried = { readonly content: Content; readonly wish: UploadWish }

function unknownTry(id: string): never {
  throw new Error(`${id} is no try of this client`)
}

/** Sends uploads, each under a key of its own, and remembers what is not certain yet. */
function createSender({ org, ledger, random }: Options, client: IntelliDocsClient, newId: () => string) {
  const tried = new Map<string, Tried>()
  const open = new Set<string>()

  async function again({ id }: Pick<Upload, 'id'>): Promise<Upload> {
    const { content, wish } = tried.get(id) ?? unknownTry(id)
    const outcome = await outcomeOf(() => client.upload(content.bytes, {
      name: content.name, idempotencyKey: id, documentId: wish.documentId, ...(wish.resumable === true ? { resumableFrom: 1 } : {}),
    }).then(({ document }: UploadAnswer) => ({ documentId: document.id, versionId: document.versionId })))
    note(ledger, id, outcome)
    if (outcome.kind === 'unknown') open.add(id)
    else open.delete(id)
    return { id, content, outcome }
  }

  async function upload(wish: UploadWish = {}): Promise<Upload> {
    const content = await makeContent(random, wish)
    const id = newId()
    const { sha256, word, bytes } = content
    ledger.write({ kind: 'try', id, org: org.id, action: 'upload', sha256, size: bytes.length, word, documentId: wish.documentId ?? null })
    tried.set(id, { content, wish })
    return again({ id })
  }

  async function settle({ id }: Pick<Upload, 'id'>): Promise<void> {
    const end = performance.now() + SETTLE_WITHIN_MS
    while (open.has(id)) {
      const { outcome } = await again({ id })
      if (outcome.kind !== 'unknown') return
      if (performance.now() > end) throw new Error(`upload ${id} had no certain answer within ${SETTLE_WITHIN_MS / 1000} s`, { cause: outcome.error })
      await delay(SETTLE_EVERY_MS)
    }
  }

  return { again, upload, settle, unsettled: (): string[] => [...open] }
}

/** @param options.name tells its tries and listeners from those of other clients of the same ledger */
export function createLedgerClient(options: Options): LedgerClient {
  const { name, org, url, ledger, random } = options
  const client = org.client(url)
  const listeners: Listener[] = []
  // Keys are remembered for a week, so they may not come again with the next ledger.
  const prefix = `${name}-${random.letters(10)}`
  let count = 0
  const newId = (): string => `${prefix}-${count += 1}`
  const { upload, again, settle, unsettled } = createSender(options, client, newId)

  return {
    org, ledger, client, listeners, upload, again, settle,
    async uploadMany(total, { atOnce = 4, ...wish } = {}) {
      const uploads: Upload[] = []
      let left = total
      const lane = async (): Promise<void> => {
        while (left > 0) {
          left -= 1
          uploads.push(await upload(wish))
        }
      }
      await Promise.all(Array.from({ length: Math.min(atOnce, total) }, lane))
      return uploads
    },
    async settleAll() {
      const ids = unsettled()
      for (const id of ids) await settle({ id })
      return ids.length
    },
    async change(action, documentId) {
      const id = newId()
      ledger.write({ kind: 'change', id, org: org.id, action, documentId })
      const target = { id: documentId as DocumentId }
      const outcome = await outcomeOf(() => callOf(client, action)(target).then(() => ({ documentId: target.id, versionId: '' })))
      note(ledger, id, outcome)
      return outcome
    },
    async listen() {
      const listener = await listenTo(client, { name: `${prefix}-listener-${listeners.length + 1}`, org: org.id, ledger })
      listeners.push(listener)
      return listener
    },
    async close() {
      for (const listener of listeners) listener.close()
      await client.close()
    },
  }
}

type Call = (input: { id: DocumentId }) => Promise<unknown>

function callOf({ api }: IntelliDocsClient, action: Change['action']): Call {
  const { trash, restore, purge, reprocess, cancel } = api.documents
  return { trash: trash.mutate, restore: restore.mutate, purge: purge.mutate, reprocess: reprocess.mutate, cancel: cancel.mutate }[action]
}

async function outcomeOf(call: () => Promise<{ documentId: DocumentId; versionId: string }>): Promise<Outcome> {
  try {
    return { kind: 'acked', ...await call() }
  } catch (error) {
    if (!(error instanceof IntelliDocsError)) throw error
    return error.appCode === null || isUncertain(error) ? { kind: 'unknown', error } : { kind: 'refused', code: error.appCode }
  }
}

function note(ledger: LedgerFile, id: string, outcome: Outcome): void {
  if (outcome.kind === 'acked') {
    const { documentId, versionId } = outcome
    ledger.write({ kind: 'ack', id, documentId, versionId: versionId === '' ? null : versionId })
  }
  if (outcome.kind === 'refused') ledger.write({ kind: 'refused', id, code: outcome.code })
}
