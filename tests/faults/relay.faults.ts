import assert from 'node:assert/strict'
import { fault, type Suite } from './harness/fault.ts'
import { endLeases } from './harness/leases.ts'

const points = ['after_claim', 'after_effect_before_mark', 'after_mark'] as const

/**
 * The relay lives in the worker and dies with it at a point of a delivery: of a start, of a removal from the index, of a removal of bytes. What it had
 * leased comes again when the lease is over, and a second time must change nothing.
 */
const killedAt = (point: (typeof points)[number]) => fault({
  name: `relay killed at ${point}`,
  what: `kill -9 of the worker at ${point} of a delivery; uploads, a reading again and a purge under way`,
  async arrange({ stack, client, random }) {
    const [first, second] = await client.uploadMany(2)
    await client.settleAll()
    await stack.worker.kill()
    if (first?.outcome.kind === 'acked') await client.change('reprocess', first.outcome.documentId)
    if (second?.outcome.kind === 'acked') {
      await client.change('trash', second.outcome.documentId)
      await client.change('purge', second.outcome.documentId)
    }
    // The reading again and the purge make five deliveries, the uploads four: starts, stops and removals come about equally often.
    return { at: random.int(1, 9) }
  },
  async act({ stack, client, hurry, drain }, { at }) {
    stack.worker.launch({ FAILPOINT: `${point}:exit@${at}` })
    await client.uploadMany(4)
    // Anything else is a worker that never came to the point.
    assert.equal(await stack.worker.gone(120_000), 'SIGKILL')
    if (hurry) await endLeases(stack)
    await stack.worker.start()
    // A run has eight tries: one that is still going in the next rounds would be killed with them until it is given up, as it should be.
    await drain()
  },
})

export const suite: Suite = { name: 'relay', faults: points.map(killedAt) }
