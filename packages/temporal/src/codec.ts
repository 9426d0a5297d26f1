import type { Payload, PayloadCodec } from '@temporalio/common'
import proto from '@temporalio/proto'
import { decryptSecret, encryptSecret, secretKeyId } from '@intellidocs/kernel'

const { Payload: WirePayload } = proto.temporal.api.common.v1
const ENCODING = 'binary/encrypted'
const PURPOSE = 'temporal.payload'
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8')
const textOf = (value: Uint8Array | null | undefined): string => Buffer.from(value ?? []).toString('utf8')

/** Keys of 32 bytes. `current` writes, all read: to change the key, give the new one to every reader first, then make it current. */
export type CodecOptions = {
  readonly current: Buffer
  readonly older?: readonly Buffer[]
  /** Whether a text is, to the letter, one of the sentences that operators read in Temporal's UI. */
  readonly isSentence: (text: string) => boolean
}

/** The text of a payload that is a string in JSON, as the converter writes a sentence; null for any other. */
function plainText({ metadata, data }: Payload): string | null {
  if (textOf(metadata?.['encoding']) !== 'json/plain') return null
  const value: unknown = JSON.parse(textOf(data))
  return typeof value === 'string' ? value : null
}

/**
 * Seals every payload (arguments, results, details, failures) with AES-256-GCM before it leaves the process: Temporal keeps what it cannot
 * read. Left open are only the sentences that operators read in its UI, which are closed lists and hold nothing but numbers. Ids, types and
 * search attributes are never sealed.
 */
export function createPayloadCodec({ current, older = [], isSentence }: CodecOptions): PayloadCodec {
  const keys = new Map([current, ...older].map((key) => [secretKeyId(key), key]))
  const currentId = secretKeyId(current)
  const seal = (payload: Payload): Payload => ({
    metadata: { encoding: bytes(ENCODING), 'encryption-key-id': bytes(currentId) },
    data: encryptSecret(current, PURPOSE, WirePayload.encode(payload).finish()),
  })
  const isOpen = (payload: Payload): boolean => {
    const text = plainText(payload)
    return text !== null && isSentence(text)
  }
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
