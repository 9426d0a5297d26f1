import assert from 'node:assert/strict'
import { fault, type FaultContext, type Suite } from './harness/fault.ts'

/** With twenty rounds: 2,000 files. */
const [files, filesInHurry] = [100, 20]
/** Pictures among them are recognized, which takes seconds each. */
const DRAIN_MS = 900_000

const pidsOf = ({ stack }: Pick<FaultContext, 'stack'>): number[] => [...stack.apis, ...stack.workers].map((program) => program.pid())

const damaged = fault({
  name: 'damaged files',
  what: 'examples of every format with a few bytes changed, lost or doubled; each is read or says why not, and no program ends of it',
  arrange: (context) => Promise.resolve({ pids: pidsOf(context) }),
  async act({ client, drain, hurry }) {
    const uploads = await client.uploadMany(hurry ? filesInHurry : files, { kind: 'damaged' })
    // One that lost all its bytes is no upload.
    assert.deepEqual(uploads.filter(({ content, outcome }) => outcome.kind !== 'acked' && content.bytes.length > 0), [])
    await drain(DRAIN_MS)
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
