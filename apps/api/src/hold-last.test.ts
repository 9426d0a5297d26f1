import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { HoldLast } from './hold-last.ts'

const pieces = ['one ', 'two ', 'three'].map((text) => Buffer.from(text))
const whole = Buffer.concat(pieces)
const right = createHash('sha256').update(whole).digest('hex')

async function pass(source: Iterable<Buffer> | AsyncIterable<Buffer>, expected: string | null): Promise<{ received: string; error: unknown }> {
  const received: Buffer[] = []
  const error: unknown = await pipeline(Readable.from(source, { objectMode: false }), new HoldLast(expected), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) received.push(chunk)
  }).then(() => null, (thrown: unknown) => thrown)
  return { received: Buffer.concat(received).toString(), error }
}

async function* breaking(): AsyncGenerator<Buffer> {
  yield* pieces
  await Promise.resolve()
  throw new Error('the store broke')
}

describe('bytes on their way out', () => {
  test('are all there when their hash is right, or when a part of a blob has none', async () => {
    expect(await pass(pieces, right)).toEqual({ received: whole.toString(), error: null })
    expect(await pass(pieces, null)).toEqual({ received: whole.toString(), error: null })
    expect(await pass([Buffer.from('x')], null)).toEqual({ received: 'x', error: null })
  })

  test('never look complete when their hash is wrong', async () => {
    const { received, error } = await pass(pieces, '0'.repeat(64))
    expect(error).toMatchObject({ code: 'blob.integrity' })
    expect(received.length).toBeLessThan(whole.length)
  })

  test('never look complete when the store breaks after the last of them', async () => {
    const { received, error } = await pass(breaking(), null)
    expect(error).toMatchObject({ message: 'the store broke' })
    expect(received.length).toBeLessThan(whole.length)
  })
})
