import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import { loadEngine, prepareEngine } from './engine.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** The memory of a new instance, held by nobody but the instance itself. */
const memory = async (): Promise<WeakRef<ArrayBufferLike>> => new WeakRef((await loadEngine()).HEAPU8.buffer)

test('the memory in which a document was read is given back, that of the first one too', async () => {
  await prepareEngine()
  const [first, second] = [await memory(), await memory()]
  await vi.waitFor(() => {
    collect()
    expect([first, second].map((each) => each.deref() === undefined)).toEqual([true, true])
  }, { timeout: 5_000, interval: 20 })
})
