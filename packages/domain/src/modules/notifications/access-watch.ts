import { AppError, type Clock } from '@intellidocs/kernel'

const EVERY_MS = 1_000

export type AccessWatch = {
  /** Resolves when access was confirmed within the last second, asking if need be; rejects when it is gone or cannot be told. */
  confirm(): Promise<void>
  stop(): void
}

/**
 * Asks every second whether the caller may still listen, so that a revoked session, key or membership ends an open stream
 * within two seconds even when no event comes. `onLost` gets the error to end with: not being able to ask is not permission.
 */
export function watchAccess({ stillValid, clock, onLost, everyMs = EVERY_MS }: {
  stillValid: () => Promise<boolean>
  clock: Clock
  onLost: (error: Error) => void
  everyMs?: number
}): AccessWatch {
  let confirmedAt = clock.now().getTime()
  let asking: Promise<void> | undefined

  async function ask(): Promise<void> {
    const askedAt = clock.now().getTime()
    let valid: boolean
    try {
      valid = await stillValid()
    } catch (error) {
      throw new AppError('service.unavailable', { cause: error })
    }
    if (!valid) throw new AppError('auth.required')
    confirmedAt = askedAt
  }

  const askOnce = (): Promise<void> => (asking ??= ask().finally(() => { asking = undefined }))
  const timer = setInterval(() => { askOnce().catch(onLost) }, everyMs)

  return {
    confirm: async () => {
      // The timer may be late on a busy process; no event passes on older knowledge.
      if (clock.now().getTime() - confirmedAt >= everyMs) await askOnce()
    },
    stop: () => clearInterval(timer),
  }
}
