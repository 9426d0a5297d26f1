/** A sleeper that others can wake. A wake while nobody sleeps ends the next sleep at once, so no hint is lost between a look and a sleep. */
export type Wake = { wake(): void; sleep(ms: number): Promise<void> }

export function createWake(): Wake {
  let woken = false
  let end: (() => void) | undefined
  return {
    wake: () => {
      woken = true
      end?.()
    },
    sleep: async (ms) => {
      if (!woken) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const timer = setTimeout(resolve, ms)
        end = resolve
        await promise
        clearTimeout(timer)
        end = undefined
      }
      woken = false
    },
  }
}
