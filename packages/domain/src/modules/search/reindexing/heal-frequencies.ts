import { newId, systemActor, type RunInTx, type Tx } from '@intellidocs/kernel'
import { frequenciesRepository as repository } from './frequencies.repository.ts'
import type { Portion } from './heal-documents.ts'
import type { StepDone } from './tally.ts'

/** Stems to a step, as long as passages that hold them are not more than so many: each is counted by the index. */
const [STEMS, HELD] = [500, 200_000]
/** Passages whose stems are looked up, and how many of these are counted at once. */
const [PASSAGES, ABSENT] = [500, 200]

type Deps = { readonly runInTx: RunInTx; readonly fold: () => Promise<number> }

const done = (next: string | null, wrong: number): StepDone => ({ next, looked: 0, found: { frequencies: wrong }, healed: { frequencies: wrong } })

/** How many passages hold the next stems. What waits is added up first, so that few deltas are looked through. */
export async function healFrequencies(deps: Deps, { orgId, after }: Portion): Promise<StepDone> {
  return correcting(deps, orgId, async (tx) => {
    const stems = await repository.counted(tx, { after, limit: STEMS })
    let held = 0
    const some = stems.filter(({ df }, at) => (held += Math.max(0, df)) <= HELD || at === 0)
    const wrong = await repository.recount(tx, some.map(({ lexeme }) => lexeme))
    return done(some.at(-1)?.lexeme ?? null, wrong)
  })
}

/** Stems that stand in passages and are counted nowhere. */
export async function healAbsentWords(deps: Deps, { orgId, after }: Portion): Promise<StepDone> {
  return correcting(deps, orgId, async (tx) => {
    const { lexemes, last } = await repository.uncounted(tx, { after: after === '' ? '0' : after, limit: PASSAGES })
    const wrong = await repository.recount(tx, lexemes.slice(0, ABSENT))
    return done(lexemes.length > ABSENT ? after : last, wrong)
  })
}

/** How many passages there are, and how long. */
export async function healLengths(deps: Deps, { orgId }: Portion): Promise<StepDone> {
  return correcting(deps, orgId, async (tx) => done(null, await repository.recountLengths(tx)))
}

async function correcting({ runInTx, fold }: Deps, orgId: Portion['orgId'], work: (tx: Tx) => Promise<StepDone>): Promise<StepDone> {
  await fold()
  return runInTx(systemActor(orgId, newId()), async (tx) => {
    await repository.lock(tx, orgId)
    return work(tx)
  })
}
