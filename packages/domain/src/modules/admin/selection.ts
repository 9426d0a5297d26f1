import { AppError, decryptSecret, encryptSecret, hashRequest, type Clock } from '@intellidocs/kernel'
import type { UserId } from '@intellidocs/contracts'
import { z } from 'zod'

const PURPOSE = 'admin-selection'
const GOOD_FOR_MS = 10 * 60_000
const said = z.strictObject({ what: z.string(), by: z.string(), at: z.iso.datetime() })

/** Who counted which selection, by the hash of it. */
type Of = { readonly selection: unknown; readonly by: UserId }

/** Proof of what somebody counted, so that what they do next is about that and about nothing that came since. */
export type SelectionTokens = {
  /** Stands for what is there at this moment. */
  issue(of: Of): string
  /** The moment it was issued at. `admin.selection`: another selection, somebody else, or more than ten minutes ago. */
  read(token: string, of: Of): Date
}

export function createSelectionTokens({ secretKeys, clock }: { secretKeys: readonly [Buffer, ...Buffer[]]; clock: Clock }): SelectionTokens {
  return {
    issue: ({ selection, by }) => {
      const words = JSON.stringify({ what: hashRequest(selection), by, at: clock.now().toISOString() } satisfies z.infer<typeof said>)
      return encryptSecret(secretKeys[0], PURPOSE, Buffer.from(words)).toString('base64url')
    },
    read: (token, { selection, by }) => {
      const found = open(secretKeys, token)
      const at = new Date(found?.at ?? 0)
      if (found?.what !== hashRequest(selection) || found.by !== by || clock.now().getTime() - at.getTime() > GOOD_FOR_MS) throw new AppError('admin.selection')
      return at
    },
  }
}

/** Null for what is none of ours. */
function open(secretKeys: readonly Buffer[], token: string): z.infer<typeof said> | null {
  try {
    return said.parse(JSON.parse(decryptSecret(secretKeys, PURPOSE, Buffer.from(token, 'base64url')).toString('utf8')))
  } catch {
    return null
  }
}
