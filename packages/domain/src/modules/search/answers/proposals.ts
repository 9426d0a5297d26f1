import { z } from 'zod'

/** What a model said in one line. */
export type Proposal = { readonly kind: 'claim'; readonly claim: string; readonly passage: number; readonly quote: string } | { readonly kind: 'none' } | { readonly kind: 'nonsense' }

const MOST_SIGNS = 20_000
const claim = z.object({ claim: z.string().trim().min(1).max(1_000), passage: z.int(), quote: z.string().max(4_000) })
const none = z.object({ none: z.literal(true) })

/** Finds JSON objects in text as it comes, whatever stands around them: models like lists, fences and friendly words. One that does not end is left out. */
export async function* proposalsIn(pieces: AsyncIterable<string>): AsyncGenerator<Proposal, void, void> {
  let [object, depth, quoted, escaped] = ['', 0, false, false]
  for await (const piece of pieces) {
    for (const sign of piece) {
      if (depth === 0 && sign !== '{') continue
      object += sign
      if (escaped) escaped = false
      else if (quoted) {
        if (sign === '\\') escaped = true
        else if (sign === '"') quoted = false
      } else if (sign === '"') quoted = true
      else if (sign === '{') depth += 1
      else if (sign === '}') depth -= 1
      if (depth > 0 && object.length < MOST_SIGNS) continue
      yield depth === 0 ? proposalOf(object) : { kind: 'nonsense' }
      ;[object, depth, quoted, escaped] = ['', 0, false, false]
    }
  }
}

function proposalOf(json: string): Proposal {
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    return { kind: 'nonsense' }
  }
  const said = claim.safeParse(parsed)
  if (said.success) return { kind: 'claim', ...said.data }
  return { kind: none.safeParse(parsed).success ? 'none' : 'nonsense' }
}
