import { once } from 'node:events'

export type Memory = { heapUsed: number; external: number; arrayBuffers: number; rss: number }

/** What the bench asks a process that was started with `--inspect`: the product itself offers no such door. */
export type Inspector = {
  /** The value of an expression in the process, as JSON. */
  evaluate<T>(expression: string): Promise<T>
  /** After a full collection. Bytes. */
  settledMemory(): Promise<Memory>
  close(): void
}

type Reply = { id: number; result?: { result?: { value?: unknown }; exceptionDetails?: { text: string } }; error?: { message: string } }

/** @param url as Node prints it: `ws://127.0.0.1:<port>/<uuid>` */
export async function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const waiting = new Map<number, PromiseWithResolvers<Reply>>()
  let last = 0
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply
    waiting.get(reply.id)?.resolve(reply)
    waiting.delete(reply.id)
  })
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the inspected process has gone'))
  })

  async function ask(method: string, params: Record<string, unknown> = {}): Promise<Reply['result']> {
    const id = ++last
    const reply = Promise.withResolvers<Reply>()
    waiting.set(id, reply)
    socket.send(JSON.stringify({ id, method, params }))
    const { result, error } = await reply.promise
    if (error !== undefined || result?.exceptionDetails !== undefined) throw new Error(`${method}: ${error?.message ?? result?.exceptionDetails?.text ?? ''}`)
    return result
  }

  async function evaluate<T>(expression: string): Promise<T> {
    return (await ask('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true }))?.result?.value as T
  }

  return {
    evaluate,
    async settledMemory() {
      await ask('HeapProfiler.enable')
      // Twice: what a finalizer of the first lets go of is gone after the second.
      for (let n = 0; n < 2; n += 1) await ask('HeapProfiler.collectGarbage')
      await ask('HeapProfiler.disable')
      return evaluate<Memory>('process.memoryUsage()')
    },
    close: () => socket.close(),
  }
}
