import { setTimeout } from 'node:timers/promises'
import type { Response } from 'express'

/** How often it is asked, while bytes are sent, whether they may still be. */
const LOOK_AGAIN_MS = 1_000

/**
 * Ends a response in the middle once what it sends may not be sent any more; stops asking when it is over. One question at a time, and the next some time after
 * its answer: questions that take long, as a busy database makes them, do not pile up on it.
 */
export async function cutOnceClosed(res: Pick<Response, 'once' | 'destroy'>, stillOpen: () => Promise<boolean>, everyMs = LOOK_AGAIN_MS): Promise<void> {
  const over = new AbortController()
  res.once('close', () => over.abort())
  const passed = () => setTimeout(everyMs, true, { signal: over.signal }).catch(() => false)
  while (await passed()) {
    // Unknown is not open: whoever cannot be asked about is cut.
    const open = await stillOpen().catch(() => false)
    if (!open) return void res.destroy()
  }
}
