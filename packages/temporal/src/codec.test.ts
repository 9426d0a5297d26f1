import { secretKeyId } from '@intellidocs/kernel'
import { defaultPayloadConverter, type Payload } from '@temporalio/common'
import { expect, test } from 'vitest'
import { createPayloadCodec } from './codec.ts'

const isSentence = (text: string): boolean => /^Index pages \d+–\d+$/.test(text)
const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value)
const read = (payloads: Payload[]) => payloads.map((p) => defaultPayloadConverter.fromPayload(p))

test('what was sealed is opened again, and nothing of it is readable in between', async () => {
  const codec = createPayloadCodec({ current: one, isSentence })
  const sealed = await codec.encode([payload({ name: 'Top Secret Merger' }), payload(7)])
  expect(Buffer.from(sealed[0]?.data ?? []).includes('Merger')).toBe(false)
  expect(Buffer.from(sealed[0]?.metadata?.['encryption-key-id'] ?? []).toString()).toBe(secretKeyId(one))
  expect(read(await codec.decode(sealed))).toEqual([{ name: 'Top Secret Merger' }, 7])
})

test('after a change of the key the older one still opens, and a process without it says which key it lacks', async () => {
  const sealed = await createPayloadCodec({ current: one, isSentence }).encode([payload('old')])
  expect(read(await createPayloadCodec({ current: two, older: [one], isSentence }).decode(sealed))).toEqual(['old'])
  await expect(createPayloadCodec({ current: two, isSentence }).decode(sealed)).rejects.toThrow(secretKeyId(one))
})

test('a changed byte is refused', async () => {
  const codec = createPayloadCodec({ current: one, isSentence })
  const [sealed] = await codec.encode([payload('x')])
  const data = Buffer.from(sealed?.data ?? [])
  data.writeUInt8(data.readUInt8(data.length - 1) ^ 1, data.length - 1)
  await expect(codec.decode([{ ...sealed, data }])).rejects.toThrow()
})

test('a payload that was never sealed passes through', async () => {
  expect(read(await createPayloadCodec({ current: one, isSentence }).decode([payload('plain')]))).toEqual(['plain'])
})

test('the sentences that operators read in the UI stay readable, and nothing that only resembles them does', async () => {
  const codec = createPayloadCodec({ current: one, isSentence })
  const encoded = await codec.encode([payload('Index pages 1–50'), payload('Index pages 1–50 of Merger'), payload(['Index pages 1–50'])])
  expect(encoded.map((p) => Buffer.from(p.metadata?.['encoding'] ?? []).toString())).toEqual(['json/plain', 'binary/encrypted', 'binary/encrypted'])
  expect(read(await codec.decode(encoded))).toEqual(['Index pages 1–50', 'Index pages 1–50 of Merger', ['Index pages 1–50']])
})
