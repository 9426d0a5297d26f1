import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Told how many bytes of bodies have passed through the process. */
export type BufferRelief = (bytes: number) => void

const EVERY_BYTES = 16 * 1024 * 1024

/** V8's collection of young objects, about a millisecond. Node offers it behind a flag only, which may also be set while it runs. */
function youngCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void
  return () => collect({ type: 'minor' })
}

/**
 * Lets go of received buffers every 16 MB. They live outside V8's heap, and left alone it looks for dead ones only after some 64 MB more:
 * measured, one upload of 1 GB grew the process by 52 to 69 MB, all of it dead buffers.
 */
export function createBufferRelief(collect: () => void = youngCollector(), everyBytes: number = EVERY_BYTES): BufferRelief {
  let passed = 0
  return (bytes) => {
    passed += bytes
    if (passed < everyBytes) return
    passed = 0
    collect()
  }
}
