import { SingleBar } from 'cli-progress'
import type { Output, Streams } from '../output.ts'

export type Step = { advance(by?: number): void; done(detail: string): void }
/** How the steps of a backup or restore are shown: a bar at a terminal, a line a finished step everywhere else, nothing with `--json`. */
export type Steps = { begin(title: string, total: number): Step; stop(): void }

export function createSteps(out: Output, streams: Streams): Steps {
  let bar: SingleBar | undefined
  const stop = (): void => {
    bar?.stop()
    bar = undefined
  }
  return {
    begin(title, total) {
      stop()
      if (out.interactive) {
        bar = new SingleBar({ format: '{title} {bar} {percentage}%', barsize: 24, hideCursor: true, clearOnComplete: true, stream: streams.stderr })
        bar.start(Math.max(1, total), 0, { title: title.padEnd(20) })
      }
      return {
        advance: (by = 1) => { bar?.increment(by) },
        done: (detail) => {
          stop()
          out.print(`${title}: ${detail}`)
        },
      }
    },
    stop,
  }
}
