import type { Payload, PayloadCodec } from '@temporalio/common'
import proto from '@temporalio/proto'
import { isSummary } from '@intellidocs/domain/documents/temporal'
import { isPurgeSummary } from '@intellidocs/domain/orgs/temporal'
import { isWebhookSummary } from '@intellidocs/domain/webhooks/temporal'
import { decryptSecret, encryptSecret, secretKeyId } from '@intellidocs/kernel'

const { Payload: WirePayload } = proto.temporal.api.common.v1
const ENCODING = 'binary/encrypted'
const PURPOSE = 'temporal.payload'
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8')
const textOf = (value: Uint8Array | null | undefined): string => Buffer.from(value ?? []).toString('utf8')

/** A sentence for operators, as the converter wrote it: a string in JSON. */
function isOpen({ metadata, data }: Payload): boolean {
  if (textOf(metadata?.['encoding']) !== 'json/plain') return false
  const value: unknown = JSON.parse(textOf(data))
  return typeof value === 'string' && (isSummary(value) || isPurgeSummary(value) || isWebhookSummary(value))
}

/**
 * Seals every payload (arguments, results, details, failures) with AES-256-GCM before it leaves the process: Temporal keeps what it cannot
 * read. Left open are only the sentences that operators read in its UI, which are closed lists and hold nothing but
 * numbers (`isSummary` and its likes). `current` writes, all of `keys` read: to change the key, give the new one to every reader first, then make it current.
 * Ids, types and search attributes are never sealed.
 */
export function createPayloadCodec({ current, older = [] }: { current: Buffer; older?: readonly Buffer[] }): PayloadCodec {
  const keys = new Map([current, ...older].map((key) => [secretKeyId(key), key]))
  const currentId = secretKeyId(current)
  const seal = (payload: Payload): Payload => ({
    metadata: { encoding: bytes(ENCODING), 'encryption-key-id': bytes(currentId) },
    data: encryptSecret(current, PURPOSE, WirePayload.encode(payload).finish()),
  })
  const open = (payload: Payload): Payload => {
    if (textOf(payload.metadata?.['encoding']) !== ENCODING) return payload
    const id = textOf(payload.metadata?.['encryption-key-id'])
    const key = keys.get(id)
    if (key === undefined) throw new Error(`a payload of Temporal is sealed with key ${id}, which this process does not have`)
    return WirePayload.decode(decryptSecret([key], PURPOSE, payload.data ?? new Uint8Array()))
  }
  return {
    encode: (payloads) => Promise.resolve(payloads.map((payload) => (isOpen(payload) ? payload : seal(payload)))),
    decode: async (payloads) => payloads.map(open),
  }
}
