import { rounded } from '../figures.ts'
import { pause, signInAdministrator } from './client.ts'
import { fuzzBodies } from './fuzz-bodies.ts'
import { fuzzFrames } from './fuzz-frames.ts'
import type { Target } from './target.ts'

const SAMPLES = 5

/** Garbage over websockets and HTTP: does the same process live on, were there faults of ours, does the memory come back. */
export async function measureFuzz(target: Target, { frames, bodies, say }: { frames: number; bodies: number; say: (line: string) => void }) {
  // The same kinds of garbage first, so that what stays of them once is not growth.
  await fuzzFrames(target, { count: 200, seed: 1 })
  await fuzzBodies(target, { count: 200, seed: 1 })
  const before = await settled(target)
  const framed = await fuzzFrames(target, { count: frames })
  say(`${framed.frames} frames over ${framed.sockets} sockets, ${framed.faults.length} faults`)
  const sent = await fuzzBodies(target, { count: bodies })
  say(`${sent.bodies} bodies: ${JSON.stringify(sent.statuses)}`)
  const after = await settled(target)
  await signInAdministrator(target)
  return {
    fuzz_frames: framed.frames, fuzz_sockets: framed.sockets, fuzz_frame_faults: framed.faults.length, fuzz_bodies: sent.bodies, fuzz_body_statuses: sent.statuses,
    fuzz_body_faults: sent.faults.length, fuzz_samples: [...framed.faults, ...sent.faults].slice(0, SAMPLES), fuzz_alive: target.alive(), fuzz_logged_errors: target.loggedErrors(),
    fuzz_heap_growth_percent: rounded((after / before - 1) * 100),
  }
}

/** Used heap, after sockets that were cut have been noticed. */
async function settled(target: Target): Promise<number> {
  await pause(2000)
  return (await target.inspector.settledMemory()).heapUsed
}
