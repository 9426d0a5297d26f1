import assert from 'node:assert/strict'
import { makeContent } from './harness/contents.ts'
import { fault, type FaultContext, type Suite } from './harness/fault.ts'

/** With twenty rounds: 2,000 files. */
const [files, filesInHurry] = [100, 20]
/** Pictures among them are recognized, which takes seconds each. */
const DRAIN_MS = 900_000

const AT_ONCE = 4

const pidsOf = ({ stack }: Pick<FaultContext, 'stack'>): number[] => [...stack.apis, ...stack.workers].map((program) => program.pid())

/**
 * Past the ledger, which would want words of its own in each file and no two files alike: what damage leaves of a picture or a page may say nothing, and one bit
 * of a short file is soon turned over twice.
 */
async function uploadDamaged({ client: { client }, random }: FaultContext, count: number): Promise<void> {
  let left = count
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const { name, bytes } = await makeContent(random, { kind: 'damaged' })
      // One that lost all its bytes is no upload.
      if (bytes.length > 0) await client.upload(bytes, { name })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

const damaged = fault({
  name: 'damaged files',
  what: 'examples of every format with a few bytes changed, lost or doubled; each is read or says why not, and no program ends of it',
  arrange: (context) => Promise.resolve({ pids: pidsOf(context) }),
  async act(context) {
    await uploadDamaged(context, context.hurry ? filesInHurry : files)
    await context.drain(DRAIN_MS)
  },
  async expect(context, { pids }) {
    assert.deepEqual(pidsOf(context), pids, 'the same programs as before')
    const ours = await context.stack.sql<{ name: string; reason: string }>(`
      select d.name, v.reason from document_version v join document d on d.id = v.document_id where v.reason in ('internal', 'cancelled')`)
    assert.deepEqual(ours, [], 'no end that is our fault')
  },
  drainMs: DRAIN_MS,
  mayFail: true,
})

export const suite: Suite = { name: 'formats', faults: [damaged] }
