import type { Random } from '@intellidocs/testing'
import type { LedgerClient } from './ledger-client.ts'
import type { Stack, StackOptions } from './stack.ts'
import type { Verified } from './verify.ts'

export type FaultContext = {
  readonly stack: Stack
  /** A client of the first organization at the first API; it listens since before the first round. */
  readonly client: LedgerClient
  /** A client of the other organization, listening too; what it should never hear is what `client` does. */
  readonly other: LedgerClient
  /** From 0. */
  readonly round: number
  readonly rounds: number
  /** The same for the same seed, fault and round. */
  readonly random: Random
  /** Few rounds within `npm test`: waiting for a time-out of the product may be shortened, if that proves the same. */
  readonly hurry: boolean
  /** `verify --ledger` now, in the middle of a fault. */
  verify(): Promise<Verified>
  /** Waits until nothing is under way any more. */
  drain(withinMs?: number): Promise<void>
}

type Step<S, R> = (context: FaultContext, state: S) => Promise<R>

/**
 * One thing that goes wrong. Each round arranges, acts and expects; after the last one everything that still runs is drained and `verify --ledger` must
 * find all zeros. Expectations are `node:assert`'s.
 */
export type Fault = {
  readonly name: string
  /** For `docs/reliability.md` and the progress: what is done, in a few words. */
  readonly what: string
  /** Runs between rounds and at the end, whatever happened: what would spoil the next fault is put back. */
  readonly undo?: (context: Omit<FaultContext, 'round'>) => Promise<void>
  readonly round: (context: FaultContext) => Promise<void>
  /** After the drain, before the last `verify`. */
  readonly settled?: (context: Omit<FaultContext, 'round'>) => Promise<void>
  /** Time of the drain after the last round, two minutes. */
  readonly drainMs?: number
  /** Documents that may end otherwise than `ready`, because the fault is of the kind that one says why: all others must be found. */
  readonly mayFail?: boolean
}

type Definition<S> = Omit<Fault, 'round'> & {
  readonly arrange: (context: FaultContext) => Promise<S>
  readonly act: Step<S, void>
  readonly expect?: Step<S, void>
}

/** Puts a fault together; `arrange` makes what `act` and `expect` are given. */
export function fault<S>({ arrange, act, expect, ...rest }: Definition<S>): Fault {
  return {
    ...rest,
    async round(context) {
      const state = await arrange(context)
      await act(context, state)
      await expect?.(context, state)
    },
  }
}

/** Faults that are done one after the other to one running product. */
export type Suite = { readonly name: string; readonly stack?: StackOptions; readonly faults: readonly Fault[] }
