import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import express from 'express'
import { afterEach, expect, test } from 'vitest'
import { receiveForm } from './receive-form.ts'

const closing: (() => void)[] = []
afterEach(() => { for (const close of closing.splice(0)) close() })

type Take = (...given: Parameters<Parameters<typeof receiveForm>[1]['take']>) => Promise<unknown>
/** Answers what was taken, and whether files were passed over. */
async function formTo(take: Take, { maxFiles = 2_000, maxFileBytes = 100 } = {}): Promise<string> {
  const app = express()
  app.post('/', async (req, res) => {
    const taken: unknown[] = []
    const { passedOver } = await receiveForm(req, {
      maxFiles, maxFileBytes, relief: () => undefined, signal: new AbortController().signal, take: async (...given) => { taken.push(await take(...given)) },
    })
    res.json({ taken, passedOver })
  })
  const server = createServer(app as RequestListener).listen(0)
  closing.push(() => { server.closeAllConnections(); server.close() })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const formOf = (files: readonly (readonly [string, string])[]): FormData => {
  const form = new FormData()
  for (const [name, text] of files) form.append('file', new Blob([text]), name)
  return form
}

test('what nobody wanted of a file goes by, and it is known whether it was too long', async () => {
  const url = await formTo(async ({ bytes, whole }) => {
    bytes.destroy()
    return whole()
  })
  const answer = await fetch(url, { method: 'POST', body: formOf([['a', 'a'.repeat(50)], ['b', 'b'.repeat(200)], ['c', ''], ['d', 'd'.repeat(100_000)], ['e', 'e']]) })
  expect(await answer.json()).toEqual({ taken: [true, false, true, false, true], passedOver: false })
}, 5_000)

test('a form of many small files is read as they are taken, and the sender waits meanwhile', async () => {
  const first = Promise.withResolvers<void>()
  const taken: string[] = []
  const url = await formTo(async ({ name, bytes }) => {
    await first.promise
    taken.push(name)
    return (await text(bytes)).length
  }, { maxFileBytes: 100_000 })
  // As a stream, so that it is seen how much of it is asked for.
  const [head, tail] = ['--x\r\ncontent-disposition: form-data; name="file"; filename="', '--x--\r\n']
  let sent = 0
  const body = new ReadableStream<Uint8Array>({ pull(controller) {
    if (sent === 1_000) {
      controller.enqueue(Buffer.from(tail))
      return controller.close()
    }
    controller.enqueue(Buffer.from(`${head}${sent++}"\r\n\r\n${'a'.repeat(50_000)}\r\n`))
  } })
  const answer = fetch(url, { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'multipart/form-data; boundary=x' } })
  await setTimeout(300)
  // What sockets hold, and no more.
  expect([sent < 500, taken]).toEqual([true, []])
  first.resolve()
  expect(await (await answer).json()).toEqual({ taken: Array.from({ length: 1_000 }, () => 50_000), passedOver: false })
  expect(taken).toEqual(Array.from({ length: 1_000 }, (_, n) => String(n)))
}, 20_000)

test('files past the limit are passed over, and that is known', async () => {
  const url = await formTo(async ({ bytes }) => text(bytes), { maxFiles: 2 })
  const answer = await fetch(url, { method: 'POST', body: formOf([['a', 'a'], ['b', 'b'], ['c', 'c']]) })
  expect(await answer.json()).toEqual({ taken: ['a', 'b'], passedOver: true })
}, 5_000)
