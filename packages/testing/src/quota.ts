import type { QuotaGate } from '@intellidocs/kernel'

/** Lets everything pass and writes nothing down, for tests of modules beside the one that counts. */
export const unlimitedQuota: QuotaGate = {
  consume: () => Promise.resolve(), mayAdd: () => Promise.resolve(), giveBack: () => Promise.resolve(), hold: () => Promise.resolve(), mustHave: () => Promise.resolve(),
  auditSince: () => Promise.resolve(null),
}
